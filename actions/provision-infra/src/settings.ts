/** What a run is told, checked further than the contract can. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { UserError } from '#toolkit/errors';

/** A setting of a backend block. */
const SETTING = /^([A-Za-z_][\w-]*)\s*=(.*)$/s;
/** Settings of Terraform's backends that hold a secret. An argument list is readable by every process of the machine. */
const SECRET_SETTINGS =
  /^(access_key|secret_key|sas_token|client_secret|client_certificate_password|password|token|encryption_key|credentials)$/;
const VARIABLE_NAME = /^[A-Za-z_][\w-]*$/;

/**
 * The environment's name becomes a part of the state's key and of file names: one that climbs, or that two environments
 * could share once its characters were replaced, would reach another environment's state.
 *
 * @throws UserError
 */
export function checkEnvironmentName(name: string): void {
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(name))
    throw new UserError(
      `Input "environment" must be at most 100 letters, digits, dots, dashes and underscores, and begin with a letter or digit; it is "${name}".`,
    );
}

/** The three ids by which the provider signs in: the input of each, and where terraform finds it else. */
const IDENTITY = {
  azureTenantId: ['azure-tenant-id', 'ARM_TENANT_ID', 'AZURE_TENANT_ID'],
  azureClientId: ['azure-client-id', 'ARM_CLIENT_ID', 'AZURE_CLIENT_ID'],
  azureSubscriptionId: ['azure-subscription-id', 'ARM_SUBSCRIPTION_ID', 'AZURE_SUBSCRIPTION_ID'],
} as const;

/**
 * A job that may sign in, and has some and not all of the ids: the provider would fail late, and in its own words. A root without
 * Azure needs none of them.
 *
 * @throws UserError that names what is missing
 */
export function checkIdentity(
  inputs: Partial<Record<keyof typeof IDENTITY, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  if (!environment.ACTIONS_ID_TOKEN_REQUEST_URL) return;
  const entries = Object.entries(IDENTITY) as [keyof typeof IDENTITY, readonly string[]][];
  const missing = entries.filter(([key, [, inherited = '']]) => (inputs[key] ?? environment[inherited] ?? '') === '');
  if (missing.length === 0 || missing.length === entries.length) return;
  const names = missing.map(([, [input, , variable]]) => `"${input}" (variable ${variable})`).join(' and ');
  throw new UserError(
    `To sign in to Azure, the ${missing.length === 1 ? 'input' : 'inputs'} ${names} must be given too: look whether the GitHub environment of this job has ${missing.length === 1 ? 'that variable' : 'these variables'}. Nothing was done.`,
  );
}

/**
 * The root's name: the last part of its folder.
 *
 * @throws UserError when the folder is missing or holds no configuration
 */
export function checkRoot(directory: string): string {
  if (!existsSync(directory) || !statSync(directory).isDirectory())
    throw new UserError(
      `Input "working-directory" names ${directory}, which is not a folder; was the repository checked out before this step?`,
    );
  if (!readdirSync(directory).some((file) => /\.(tf|tofu)(\.json)?$/.test(file)))
    throw new UserError(`Input "working-directory" names ${directory}, which holds no Terraform files.`);
  return basename(resolve(directory));
}

/**
 * The settings of the backend, with the words in braces replaced.
 *
 * @throws UserError that lists every line that is wrong
 */
export function parseBackendConfig(
  lines: readonly string[],
  words: Readonly<Record<string, string>>,
): Record<string, string> {
  const settings: Record<string, string> = {};
  const problems: string[] = [];
  for (const line of lines) {
    const [, name, text] = SETTING.exec(line) ?? [];
    if (name === undefined || text === undefined) {
      problems.push(`"${line}" must have the form name=value`);
      continue;
    }
    if (SECRET_SETTINGS.test(name))
      problems.push(`${name} is a secret: use Entra ID, or give the backend its environment variable in "env:"`);
    if (Object.hasOwn(settings, name)) problems.push(`${name} is given twice`);
    settings[name] = text.trim().replace(/\{([^{}]*)\}/g, (whole, word: string) => {
      if (Object.hasOwn(words, word)) return words[word] ?? whole;
      problems.push(
        `${name} has ${whole}, and only ${Object.keys(words)
          .map((known) => `{${known}}`)
          .join(' and ')} are known`,
      );
      return whole;
    });
  }
  if (problems.length > 0)
    throw new UserError(problems.map((problem) => `Input "backend-config": ${problem}.`).join('\n'));
  return settings;
}

/**
 * The variables as the text of a `.tfvars.json` file.
 *
 * @throws UserError when they are not an object with names of variables
 */
export function renderVariables(variables: unknown): string {
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables))
    throw new UserError('Input "variables" must be a JSON object, such as {"location": "swedencentral"}.');
  const wrong = Object.keys(variables).filter((name) => !VARIABLE_NAME.test(name));
  if (wrong.length > 0)
    throw new UserError(
      `Input "variables" has ${wrong.map((name) => `"${name}"`).join(', ')}, which no variable can be named.`,
    );
  return JSON.stringify(variables);
}

/**
 * Paths of files of variables, as the root's folder can use them.
 *
 * @throws UserError that names each one that is missing
 */
export function variableFiles(files: readonly string[]): string[] {
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new UserError(`Input "var-files" names ${missing.join(', ')}, which does not exist.`);
  return files.map((file) => resolve(file));
}

/** Variables as an object: checked by `renderVariables`. */
export function asVariables(variables: unknown): Readonly<Record<string, unknown>> {
  return typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : {};
}
