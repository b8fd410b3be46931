/** Every secret value that is in play in a rehearsal, and every place where none of them may be. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A value, and what it is, for the failure that names it. */
export interface Secret {
  name: string;
  value: string;
}

/** Shorter texts are found by chance; and of a text of several lines, the parts that are secret are values by themselves. */
const SHORTEST = 12;
const isSecret = (value: string): boolean => value.length >= SHORTEST && !value.includes('\n');

/** All strings inside a value. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** What Terraform's own states say is sensitive: passwords, keys, connection strings, credentials of the cluster. */
function terraformSecrets(directory: string): Secret[] {
  const root = join(directory, 'state/terraform');
  const files = existsSync(root) ? readdirSync(root, { recursive: true }).map(String) : [];
  return files
    .filter((file) => file.endsWith('.tfstate'))
    .flatMap((file) => {
      const { resources } = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
        resources: {
          type: string;
          name: string;
          instances: { attributes: Record<string, unknown>; sensitive_attributes?: { value: unknown }[][] }[];
        }[];
      };
      return resources.flatMap(({ type, name, instances }) =>
        instances.flatMap(({ attributes, sensitive_attributes = [] }) =>
          sensitive_attributes.flatMap(([first]) =>
            stringsIn(attributes[String(first?.value)]).map((value) => ({
              name: `${type}.${name}.${String(first?.value)}`,
              value,
            })),
          ),
        ),
      );
    });
}

/** All of them, each value once. */
export function secretsOf(directory: string): Secret[] {
  const read = <T>(file: string): T => JSON.parse(readFileSync(join(directory, 'state', file), 'utf8')) as T;
  const { secrets: vaults, tokenKey } = read<{ secrets: Record<string, Record<string, string>>; tokenKey: string }>(
    'azure/state.json',
  );
  const { adminToken, controlKey } = read<{ adminToken: string; controlKey: string }>('world.json');
  const superuser = readFileSync(join(directory, 'state/postgres/pgpass'), 'utf8').trim().split(':').at(-1) ?? '';
  const found = [
    ...Object.values(vaults).flatMap((vault) =>
      Object.entries(vault).map(([name, value]) => ({ name: `Key Vault's ${name}`, value: String(value) })),
    ),
    ...terraformSecrets(directory),
    { name: "the superuser's password", value: superuser },
    { name: "the cluster administrator's token", value: adminToken },
    { name: 'the key of the stand-ins', value: controlKey },
    { name: "the key of Azure's tokens", value: tokenKey },
  ];
  const known = new Map(found.filter(({ value }) => isSecret(value)).map(({ name, value }) => [value, name]));
  return [...known].map(([value, name]) => ({ name, value }));
}

/** The forms in which a value may be written. */
function forms(value: string): string[] {
  // Of base64 only what does not depend on what stands before and after.
  const encoded = [0, 1, 2].map((offset) =>
    Buffer.from('x'.repeat(offset) + value)
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, -4),
  );
  return [...new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), ...encoded])].filter(
    (form) => form.length >= SHORTEST,
  );
}

/** A JSON web token: what GitHub and Entra issue to jobs. */
const TOKEN = /eyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}/;

/** The names of the secrets that are in a text, whatever the form. */
export function secretsIn(text: string, secrets: readonly Secret[]): string[] {
  const named = secrets.filter(({ value }) => forms(value).some((form) => text.includes(form))).map(({ name }) => name);
  return TOKEN.test(text) ? [...named, 'a token'] : named;
}

/** The files below some folders of a rehearsal with a secret in them, in any form. */
export function filesWithSecrets(directory: string, folders: readonly string[], secrets: readonly Secret[]): string[] {
  const paths = folders.map((folder) => join(directory, folder)).filter(existsSync);
  const input = secrets.flatMap(({ value }) => forms(value)).join('\n');
  try {
    return execFileSync('grep', ['-rlaF', '-f', '-', ...paths], { input, encoding: 'utf8' })
      .split('\n')
      .filter((file) => file !== '');
  } catch (error) {
    // grep ends with 1 when there is none.
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}

/** What the pods of a rehearsal have printed, those that are gone not included. */
export function podLogs(directory: string): string {
  const root = join(directory, 'state/nodes/pods');
  return readdirSync(root, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.log'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
}

/** What the registry's builds have printed. */
export function buildLogs(directory: string): string {
  const { runs } = JSON.parse(readFileSync(join(directory, 'state/azure/state.json'), 'utf8')) as {
    runs: { log: string }[];
  };
  return runs.map(({ log }) => log).join('\n');
}
