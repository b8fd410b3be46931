/**
 * The data plane of Key Vault: reading one secret (specification version 2025-07-01).
 *
 * A vault lies under a path here because loopback has no host names of its own; clients take the address from the
 * vault's `vaultUri`, as they should anyway.
 */
import type { AzureState } from './state.ts';
import { readToken } from './tokens.ts';
import { type Answer, type Call, Refusal, type Route } from './wire.ts';

const audience = 'https://vault.azure.net';

export function keyVaultRoutes(options: { state: AzureState; tenantId: string }): Route[] {
  return [
    { method: 'GET', path: '/vaults/:vault/secrets/:name', handle: (call) => readSecret(call, options) },
    { method: 'GET', path: '/vaults/:vault/secrets/:name/:version', handle: (call) => readSecret(call, options) },
  ];
}

/** Where a vault's data plane is. */
export function vaultUri(base: string, vault: string): string {
  return `${base}/vaults/${vault}/`;
}

function readSecret(call: Call, { state, tenantId }: { state: AzureState; tenantId: string }): Answer {
  const { vault = '', name = '' } = call.parameters;
  const token = readToken(call.headers.authorization?.replace(/^Bearer /, '') ?? '', state.tokenKey);
  if (token === undefined || token.audience !== audience || token.expires * 1000 <= Date.now())
    throw new Refusal(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.', {
      'www-authenticate': `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="${audience}"`,
    });
  if (call.url.searchParams.get('api-version') !== '2025-07-01')
    throw new Refusal(400, 'BadParameter', 'api-version must be specified and supported.');
  const secrets = state.secrets[vault];
  const value = secrets?.[name];
  if (value === undefined)
    throw new Refusal(
      404,
      'SecretNotFound',
      `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command.`,
    );
  const id = `https://${vault}.vault.azure.net/secrets/${name}/00000000000000000000000000000001`;
  return { status: 200, json: { value, id, attributes: { enabled: true, recoveryLevel: 'Recoverable+Purgeable' } } };
}

/** Keeps the value that Terraform gave a secret. */
export function keepSecret(state: AzureState, vault: string, name: string, value: string): void {
  const secrets = state.secrets[vault];
  if (secrets === undefined) throw new Error(`dial tcp: lookup ${vault}.vault.azure.net: no such host`);
  secrets[name] = value;
}

/** Reads a secret for the cluster's Secrets Store driver; throws the sentence of a failed mount. */
export function secretFor(state: AzureState, vault: string, name: string): string {
  const value = state.secrets[vault]?.[name];
  if (value === undefined)
    throw new Error(
      state.secrets[vault] === undefined
        ? `failed to get objectType:secret, objectName:${name}: dial tcp: lookup ${vault}.vault.azure.net: no such host`
        : `failed to get objectType:secret, objectName:${name}: SecretNotFound: A secret with (name/id) ${name} was not found in this key vault.`,
    );
  return value;
}
