/** Servers that want a password or deny a right, of every version: the words differ, what the run says does not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { failureOf, succeeded } from './faults/outcome.ts';
import { VERSIONS } from './redis-programs.ts';
import { type Run, type Stage, staged } from './stage.ts';

jest.setTimeout(120_000);

const PASSWORD = 'of the keeper';
const ALL = [
  '~*',
  '-@all',
  '+ping',
  '+echo',
  '+select',
  '+dbsize',
  '+info',
  '+config',
  '+cluster',
  '+eval',
  '+wait',
].concat(['+set', '+get', '+del']);

/** Three primaries that know a keeper with these rights. */
function guarded(version: string, body: (stage: Stage) => Promise<void>): () => Promise<void> {
  return staged({ version, servers: 3 }, async (stage) => {
    writeFileSync(join(stage.servers.directory, 'password'), PASSWORD);
    grant(stage, ['reset', 'on', `>${PASSWORD}`, ...ALL]);
    await body(stage);
  });
}

function grant({ servers }: Stage, rules: readonly string[]): void {
  for (const ordinal of servers.ips.keys())
    expect(servers.cli(ordinal, 'acl', 'setuser', 'keeper', ...rules)).toBe('OK');
}

const as = (stage: Stage, mode: 'plan' | 'apply', given: Record<string, string> = {}): Promise<Run> =>
  stage.run(mode, {
    inputs: {
      nodes: '3',
      'replicas-per-primary': '0',
      user: 'keeper',
      'password-file': join(stage.servers.directory, 'password'),
      ...given,
    },
  });

describe.each(VERSIONS)('%s', (version) => {
  test.concurrent(
    'a missing right is named before anything is changed, and given it, the run forms',
    guarded(version, async (stage) => {
      for (const right of ['echo', 'info', 'dbsize', 'cluster']) {
        grant(stage, [`-${right}`]);
        for (const mode of ['plan', 'apply'] as const) {
          expect(failureOf(await as(stage, mode))).toMatch(
            new RegExp(
              `^The user "keeper" \\(input "user"\\) lacks a right on pod redis-sessions-0: it may not run ${right.toUpperCase()}( INFO)?; docs/redis.md lists the rights it needs.$`,
            ),
          );
        }
        grant(stage, [`+${right}`]);
      }
      expect(stage.servers.cli(0, 'cluster', 'info')).toContain('cluster_slots_assigned:0');
      succeeded(await as(stage, 'apply'));
      grant(stage, ['-set']);
      expect(failureOf(await as(stage, 'apply'))).toMatch(
        /^The user "keeper" \(input "user"\) lacks a right on pod redis-/,
      );
      grant(stage, ['+set', '-config']);
      expect(succeeded(await as(stage, 'apply')).outputs.outcome).toBe('unchanged');
    }),
  );

  test.concurrent(
    'a password too few, one too many, and a wrong one',
    guarded(version, async (stage) => {
      const { servers } = stage;
      const file = join(servers.directory, 'password');
      for (const mode of ['plan', 'apply'] as const) {
        expect(failureOf(await as(stage, mode, { user: '' }))).toBe(
          `Pod redis-sessions-0 asks for no password, but input "password-file" (${file}) gives one: leave it out, or set a password on the servers.`,
        );
        expect(failureOf(await as(stage, mode, { user: 'nobody' }))).toBe(
          `Pod redis-sessions-0 refuses the password in input "password-file" (${file}): it is not that of the user "nobody", or there is no such user, or it is off.`,
        );
      }
      for (const ordinal of servers.ips.keys()) servers.cli(ordinal, 'config', 'set', 'requirepass', 'secret');
      for (const mode of ['plan', 'apply'] as const) {
        expect(failureOf(await as(stage, mode, { user: '', 'password-file': '' }))).toBe(
          'Pod redis-sessions-0 asks for a password: give input "password-file", and for an ACL user "user".',
        );
      }
    }),
  );
});
