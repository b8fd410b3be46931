import { expect, jest, test } from '@jest/globals';
import { programsOf, versionOf } from '../redis-programs.ts';
import { type Stage, staged } from '../stage.ts';
import { type Cut, cutAfter } from './cut-after.ts';
import { IS_FULL } from './extent.ts';
import { record, stateOf, succeeded } from './outcome.ts';

jest.setTimeout(300_000);

const IS_SINCE_7 = !versionOf(programsOf(process.env.REDIS_VERSION)).startsWith('6.');

/** Every command that a forming of three primaries and three replicas sends, and how many of it. */
const COMMANDS = [
  ['CLUSTER SET-CONFIG-EPOCH', 6],
  // Before 7.0 six of them for each primary: they name every slot.
  ['CLUSTER ADDSLOTS', IS_SINCE_7 ? 3 : 18],
  ['CLUSTER MEET', 15],
  ['CLUSTER REPLICATE', 3],
  // To a short timeout, and back.
  ['CONFIG SET cluster-node-timeout', 12],
] as const;

/** Cut off again and again, each time further on; the last one leaves every node with its short timeout. */
const AGAIN_AND_AGAIN: readonly Cut[] = [
  ['CLUSTER SET-CONFIG-EPOCH', 2],
  ['CLUSTER ADDSLOTS', 1],
  ['CLUSTER MEET', 4],
  ['CLUSTER REPLICATE', 1],
];
const TIMEOUTS_SHORT: Cut = ['CONFIG SET cluster-node-timeout', 6];

const each: Cut[] = COMMANDS.flatMap(([command, count]) =>
  Array.from({ length: count }, (_, index): Cut => [command, index + 1]),
);
const found = new Set<string>();
const seconds: number[] = [];

async function isCut(stage: Stage, cut: Cut): Promise<void> {
  expect((await cutAfter(stage, cut)).signal).toBe('SIGKILL');
  found.add(stateOf(succeeded(await stage.run('plan'))));
}

/** The rest is done, and nothing that was done is undone. */
async function goesOn(stage: Stage): Promise<void> {
  const run = succeeded(await stage.run('apply'));
  expect(run.steps.map(({ action }) => action)).not.toContain('reset');
  seconds.push(run.milliseconds / 1000);
  expect(succeeded(await stage.run('plan')).outputs.outcome).toBe('unchanged');
  for (const ordinal of stage.servers.ips.keys()) {
    expect(stage.servers.cli(ordinal, 'config', 'get', 'cluster-node-timeout').split('\n')[1]).toBe(NODE_TIMEOUT);
  }
}

const NODE_TIMEOUT = '5000';
const fresh = { settings: { 'cluster-node-timeout': NODE_TIMEOUT } };

test.concurrent(
  'forming killed time and again, each time further on',
  staged(fresh, async (stage) => {
    for (const cut of AGAIN_AND_AGAIN) await isCut(stage, cut);
    await goesOn(stage);
  }),
);

test.concurrent.each(IS_FULL ? each : [TIMEOUTS_SHORT])('forming killed after %s number %i', (...cut) =>
  staged(fresh, async (stage) => {
    await isCut(stage, cut);
    await goesOn(stage);
  })(),
);

test('every forming that was killed is found for what it is', () => {
  expect(seconds).toHaveLength(IS_FULL ? each.length + 1 : 2);
  record({
    fault: 'Forming killed after any of its commands',
    found: [...found].sort().join(', '),
    done: 'the steps that are left',
    lost: 0,
    seconds: Math.max(...seconds),
  });
});
