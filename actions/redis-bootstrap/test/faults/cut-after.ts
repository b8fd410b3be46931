/** Ends a run at one command of the many that it sends: what comes after it never reaches a server. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientName } from '../redis-programs.ts';
import type { Run, Stage } from '../stage.ts';

/** A command by its first words, and which one of them: the first is 1. */
export type Cut = readonly [command: string, number: number];

/**
 * Runs mode `apply` with a client that passes commands on up to and including this one, lets the servers answer, and then
 * kills the run with all its processes, as when the pod dies that the script runs in.
 */
export async function cutAfter(stage: Stage, [command, number]: Cut): Promise<Run> {
  const at = (name: string): string => join(stage.servers.directory, name);
  const [group, count] = [at('group'), at('count')];
  rmSync(count, { force: true });
  const { programs } = stage.servers;
  const path = stage.program(
    clientName(programs),
    `#!/bin/sh
awk -v command='${command}' -v last=${number} -v file='${count}' '
  BEGIN { getline seen < file; close(file) }
  { print }
  index($0, command) == 1 && ++seen == last { exit }
  END { print seen + 0 > file }' | '${programs.client}' "$@"
[ "$(cat '${count}')" -lt ${number} ] || kill -KILL "-$(cat '${group}')"
`,
  );
  const run = await stage.run('apply', {
    path,
    onStart: ({ pid }) => writeFileSync(group, String(pid)),
  });
  if (!existsSync(count)) throw new Error(`The run did not use ${programs.client}.`);
  return run;
}
