/** Refusals that no waiting ends: the servers do not let the action in, or not do what it has to. */
import { UserError } from '#toolkit/errors';
import type { Client } from './client.ts';
import type { Stage } from './fan-out.ts';
import type { NodeReply } from './fan-out-answer.ts';

/** Where every right is listed that the action needs. */
const RIGHTS = 'docs/redis.md lists the rights it needs';

/**
 * Why a server or the client refuses, as one sentence that names the input; undefined for every other text. The wording is
 * that of Redis 6.2, 7.0 and 8.0 and of Valkey 8.1, all seen.
 */
export function accessRefusal(pod: string, text: string, client: Client): string | undefined {
  const { passwordFile, user = 'default', tlsCaFile } = client;
  const file = `input "password-file" (${passwordFile ?? 'not given'})`;
  if (text.includes('WRONGPASS')) {
    return `Pod ${pod} refuses the password in ${file}: it is not that of the user "${user}", or there is no such user, or it is off.`;
  }
  if (text.includes('called without any password configured')) {
    return `Pod ${pod} asks for no password, but ${file} gives one: leave it out, or set a password on the servers.`;
  }
  if (text.includes('NOAUTH')) {
    return `Pod ${pod} asks for a password: give input "password-file", and for an ACL user "user".`;
  }
  const denied =
    /no permissions to (?:run|access)[^"\n]*|No permissions to access[^"\n]*|can't (?:run this command|access at least one)/i.exec(
      text,
    );
  if (denied !== null) {
    const right = /'([\w|-]+)'/.exec(denied[0])?.[1];
    const what =
      right !== undefined
        ? `it may not run ${right.toUpperCase().replace('|', ' ')}`
        : denied[0].includes('access')
          ? 'it may not touch every key (~*)'
          : 'it may not run a command that a script calls (SET, GET, DEL, MIGRATE, CLUSTER)';
    return `The user "${user}" (input "user") lacks a right on pod ${pod}: ${what}; ${RIGHTS}.`;
  }
  if (text.includes('certificate verify failed')) {
    return `Pod ${pod} shows a certificate that input "tls-ca-file" (${tlsCaFile ?? 'not given'}) does not vouch for.`;
  }
  return undefined;
}

/** A timeout that cannot be read or set is done without. */
const DISPENSABLE = /^CONFIG /;

/**
 * Tells the first refusal among answers.
 *
 * @param names of pods by address
 * @throws UserError
 */
export function refuseWithoutAccess(
  stages: readonly Stage[],
  replies: readonly (readonly NodeReply[])[],
  names: ReadonlyMap<string, string>,
  client: Client,
): void {
  for (const [stage, answers] of replies.entries()) {
    for (const [index, { ip, replies: texts = [], silence }] of answers.entries()) {
      const commands = stages[stage]?.requests[index]?.commands ?? [];
      const needed = texts.filter((text, at) => isError(text) && !DISPENSABLE.test(commands[at] ?? ''));
      for (const text of [...needed, ...(silence === undefined ? [] : [silence])]) {
        const refusal = accessRefusal(names.get(ip) ?? ip, text, client);
        if (refusal !== undefined) throw new UserError(refusal);
      }
    }
  }
}

function isError(text: string): boolean {
  return /^(ERR|NOPERM|NOAUTH|WRONGPASS) /.test(text);
}
