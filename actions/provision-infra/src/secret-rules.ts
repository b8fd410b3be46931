/**
 * Which attributes hold a secret though no provider says so: by the type of the resource, by the name of the attribute,
 * and by how the text itself is written. Pure.
 */

/**
 * How much of a value is hidden: all of it, or its texts, but not those that only name something; `open` is shown.
 * What lies inside is hidden alike.
 */
export type Hiding = 'open' | 'texts' | 'all';

/** Attributes by type that are hidden whole. Types of a provider's later versions begin alike. */
const TYPES: readonly { type: RegExp; attributes: ReadonlySet<string> }[] = [
  // Made for names as well as for passwords; who reads a plan misses nothing either way. The id is the text again.
  {
    type: /^random_(password|string|id|bytes|uuid)/,
    attributes: new Set(['id', 'result', 'bcrypt_hash', 'hex', 'base64', 'b64_std', 'b64_url', 'dec']),
  },
  {
    type: /^tls_/,
    attributes: new Set(['private_key_pem', 'private_key_openssh', 'private_key_pem_pkcs8', 'ca_private_key_pem']),
  },
  { type: /^kubernetes_secret/, attributes: new Set(['data', 'binary_data', 'string_data']) },
  { type: /^azurerm_key_vault_secret$/, attributes: new Set(['value']) },
  { type: /^azurerm_key_vault_certificate/, attributes: new Set(['certificate']) },
  { type: /^azurerm_(app_configuration_key|automation_variable_string)$/, attributes: new Set(['value']) },
  { type: /virtual_machine/, attributes: new Set(['custom_data', 'protected_settings']) },
  { type: /^azuread_(application|service_principal)_password$/, attributes: new Set(['value']) },
];
const NONE: ReadonlySet<string> = new Set();

/** Asking expressions for every resource and attribute is slow, and there are few types and names. */
const MOST_REMEMBERED = 10_000;
function remembering<T>(answer: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) {
      found = answer(name);
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(name, found);
    }
    return found;
  };
}

/** The attributes of a type that are hidden whole. */
export const hiddenAttributes = remembering(
  (type): ReadonlySet<string> => TYPES.find((rule) => rule.type.test(type))?.attributes ?? NONE,
);

/** Names of attributes and keys, in any resource and at any depth, whose texts are secret. In snake_case. */
const SECRET_NAME =
  /pass(?:word|wd|phrase|code)|(?:^|_)(?:pass|pwd|sas)(?:$|_)|secret|token|credential|connection_?string|kube_?(?:admin_?)?config|private_?key|(?:access|account|api|auth|client|encryption|instrumentation|license|master|primary|secondary|shared|signing|storage)_?key|client_certificate/;

/** Endings of names that only tell of a secret: which it is, how long it is good for, how it is used. */
const HARMLESS_NAME =
  /(?:^|_)(?:ids?|names?|versions?|type|kind|ttl|path|file|policy|permissions|enabled|expir\w*|length|count|format|algorithm|method|mode|issuer|audience|rotation|interval|identity|providers?|scopes?|labels?|authentication|required|days|reference|ref|thumbprint)$|(?<!(?:^|_)sas_?)ur[il]s?$/;

const verdictOf = remembering((name): { secret: boolean; harmless: boolean } => {
  const snake = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
  const harmless = HARMLESS_NAME.test(snake);
  return { secret: !harmless && SECRET_NAME.test(snake), harmless };
});

/** Whether texts under this name are secret. */
export function isSecretName(name: string): boolean {
  return verdictOf(name).secret;
}

/** How an attribute of a resource is hidden. */
export function hidingOfAttribute(hidden: ReadonlySet<string>, name: string, resource: object): Hiding {
  return hidden.has(name) ? 'all' : hidingInside('open', name, resource);
}

/** How a field is hidden, whose object is hidden so. */
export function hidingInside(outer: Hiding, name: string, object: object): Hiding {
  if (outer === 'all') return 'all';
  if (outer === 'texts') return verdictOf(name).harmless ? 'open' : 'texts';
  if (isSecretName(name)) return 'texts';
  return (name === 'value' && isSecretPair(object)) || isSecretManifest(name, object) ? 'texts' : 'open';
}

/** `{name = "db_password", value = "…"}`, as environment variables, Helm's values and headers are written. */
function isSecretPair(object: object): boolean {
  const { name, key } = object as { name?: unknown; key?: unknown };
  return (typeof name === 'string' && isSecretName(name)) || (typeof key === 'string' && isSecretName(key));
}

/** A Kubernetes Secret as an object of its own. */
function isSecretManifest(name: string, object: object): boolean {
  return (name === 'data' || name === 'stringData') && (object as { kind?: unknown }).kind === 'Secret';
}

/** Whether a random text is more likely a password than the end of a name, which turns up in many names. */
export function isPasswordLike(type: string, name: string, value: string): boolean {
  if (/^random_(password|bytes)/.test(type) || /pass|pw|key|secret|token|cred/i.test(name)) return true;
  return type.startsWith('random_string') && value.length >= LONGER_THAN_NAMES;
}
const LONGER_THAN_NAMES = 16;

/**
 * Secrets by the way they are written: fields of connection strings and queries, the password of a URL, private keys,
 * JSON web tokens. The part before the secret is the first group.
 */
const WRITTEN =
  /((?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature|client_?secret|access_?token|api_?key|[?&]sig)=)([^;&\s"'`]+)|(:\/\/[^\s:/@"']*:)([^\s@/"']+)(?=@)|(-----BEGIN [A-Z ]*PRIVATE KEY-----)([\s\S]*?)(?=-----END|$)|(\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.)([\w-]+)/gi;

/** What every such secret has; looking for it first is fast. */
function mayBeWritten(text: string): boolean {
  return text.includes('=') || text.includes('@') || text.includes('-----BEGIN') || text.includes('eyJ');
}

/** The text without secrets that show by the way they are written. */
export function hideWritten(text: string, replacement: string): string {
  if (!mayBeWritten(text)) return text;
  return text.replace(
    WRITTEN,
    (_, ...groups: (string | undefined)[]) => `${groups[0] ?? groups[2] ?? groups[4] ?? groups[6] ?? ''}${replacement}`,
  );
}

/** Those secrets themselves. */
export function writtenSecrets(text: string): string[] {
  if (!mayBeWritten(text)) return [];
  return [...text.matchAll(WRITTEN)].map((groups) => groups[2] ?? groups[4] ?? groups[6] ?? groups[8] ?? '');
}
