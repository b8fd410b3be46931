/** How the client in the pod reaches the nodes: which program, with which password, encrypted or not. */
import { UserError } from '#toolkit/errors';
import { quote } from './shell.ts';

/** Of the inputs. Files are in the container, so that no secret passes through the runner or a command line. */
export interface Client {
  port: number;
  user?: string | undefined;
  passwordFile?: string | undefined;
  tls: boolean;
  tlsCaFile?: string | undefined;
  tlsCertFile?: string | undefined;
  tlsKeyFile?: string | undefined;
}

/** Exit code of a script in a container without a client. */
export const NO_CLIENT = 3;
/** Exit code of a script in a container whose password file cannot be read. */
export const NO_PASSWORD = 4;

/**
 * The head of every script: finds the client, reads the password, and defines `client ADDRESS -p PORT …`, which sends what
 * it reads and gives up after `$limit` seconds. valkey-cli and redis-cli take the password from REDISCLI_AUTH
 * (https://redis.io/docs/latest/develop/tools/cli/#host-port-password-and-database).
 */
export function clientLines(client: Client): string[] {
  const { passwordFile } = client;
  const words = options(client).map(quote).join(' ');
  return [
    'set -u',
    'for cli in valkey-cli redis-cli none; do command -v "$cli" >/dev/null 2>&1 && break; done',
    `[ "$cli" = none ] && { echo 'neither valkey-cli nor redis-cli is in this container' >&2; exit ${NO_CLIENT}; }`,
    ...(passwordFile === undefined
      ? []
      : [
          `REDISCLI_AUTH=$(cat ${quote(passwordFile)}) || exit ${NO_PASSWORD}`,
          `[ -n "$REDISCLI_AUTH" ] || { echo ${quote(`${passwordFile} is empty`)} >&2; exit ${NO_PASSWORD}; }`,
          'export REDISCLI_AUTH',
        ]),
    `client() { timeout "$limit" "$cli"${words === '' ? '' : ` ${words}`} -h "$@"; }`,
  ];
}

function options({ user, tls, tlsCaFile, tlsCertFile, tlsKeyFile }: Client): string[] {
  const given = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);
  return [
    ...given('--user', user),
    ...(tls ? ['--tls'] : []),
    ...given('--cacert', tlsCaFile),
    ...given('--cert', tlsCertFile),
    ...given('--key', tlsKeyFile),
  ];
}

/**
 * The client that the inputs describe.
 *
 * @throws UserError when one input needs another that is not given
 */
export function clientFrom(inputs: Client): Client {
  const { user, passwordFile, tls, tlsCaFile, tlsCertFile, tlsKeyFile } = inputs;
  const refuse = (given: string, needed: string): never => {
    throw new UserError(`Input "${given}" needs input "${needed}".`);
  };
  if (user !== undefined && passwordFile === undefined) refuse('user', 'password-file');
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    refuse(
      ...((tlsKeyFile === undefined ? ['tls-cert-file', 'tls-key-file'] : ['tls-key-file', 'tls-cert-file']) as [
        string,
        string,
      ]),
    );
  }
  if (!tls && tlsCaFile !== undefined) refuse('tls-ca-file', 'tls');
  if (!tls && tlsCertFile !== undefined) refuse('tls-cert-file', 'tls');
  return inputs;
}
