import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';
import { heals, ordinalsOf, replicaOf, withKeys } from './faulty.ts';
import { contentsOf } from './keys.ts';
import { failureOf, record } from './outcome.ts';

jest.setTimeout(240_000);

const LOST = /^Slots [\d -]+ are served by no node, while .* hold keys/;

/** The server is killed, and its pod comes back without what was on its disk. */
async function loseDisks(stage: Stage, ordinals: readonly number[]): Promise<void> {
  await Promise.all(ordinals.map((ordinal) => stage.servers.kill(ordinal)));
  for (const ordinal of ordinals) rmSync(join(stage.servers.directory, String(ordinal)), { recursive: true });
  await Promise.all(ordinals.map((ordinal) => stage.servers.launch(ordinal)));
  stage.refreshPods();
}

const primaryOf = (stage: Stage): number => ordinalsOf(stage, 'master')[0] ?? -1;

test.concurrent(
  'a primary killed: the run waits until its pod is back',
  withKeys(async (stage, before) => {
    const primary = primaryOf(stage);
    await stage.servers.kill(primary);
    const meanwhile = async (): Promise<void> => {
      await delay(3000);
      await stage.servers.launch(primary);
      stage.refreshPods();
    };
    await heals(stage, 'A primary killed; its pod comes back with its disk', before, { meanwhile });
  }),
);

test.concurrent(
  'a primary killed with its disk: the failover is awaited',
  withKeys(async (stage, before) => {
    await loseDisks(stage, [primaryOf(stage)]);
    expect(failureOf(await stage.run('plan'))).toMatch(LOST);
    await heals(stage, 'A primary killed with its disk', before, { found: 'lost-slots, until the failover' });
  }),
);

test.concurrent(
  'a primary and its replica killed with their disks: reported, and nothing changed',
  withKeys(async (stage, before) => {
    const primary = primaryOf(stage);
    const replica = replicaOf(stage, primary);
    const rest = [...stage.servers.ips.keys()].filter((ordinal) => ordinal !== primary && ordinal !== replica);
    const left = await contentsOf(stage.servers, rest);
    await loseDisks(stage, [primary, replica]);
    const message = failureOf(await stage.run('plan'));
    expect(message).toMatch(LOST);
    for (const ordinal of [primary, replica]) {
      expect(stage.servers.cli(ordinal, 'cluster', 'info')).toContain('cluster_known_nodes:1');
    }
    expect(await contentsOf(stage.servers)).toEqual(left);
    record({
      fault: 'A primary and its replica killed with their disks',
      found: 'lost-slots',
      done: 'nothing: refused, and the slots and the pods with keys are named',
      lost: before.keys - left.keys,
    });
    const fault = 'A primary and its replica killed with their disks, then `allow-data-loss`';
    await heals(stage, fault, left, { found: 'lost-slots', inputs: { 'allow-data-loss': 'redis-sessions' } });
  }),
);

test.concurrent(
  'a replica reset by hand',
  withKeys(async (stage, before) => {
    const replica = ordinalsOf(stage, 'slave')[0] ?? -1;
    expect(stage.servers.cli(replica, 'cluster', 'reset', 'hard')).toBe('OK');
    await heals(stage, 'A node reset by hand', before);
  }),
);

test.concurrent(
  'a failover of the owner of a slot that another node is taking',
  withKeys(async (stage, before) => {
    const { servers } = stage;
    const [owner = -1, taker = -1] = ordinalsOf(stage, 'master');
    const heir = replicaOf(stage, owner);
    servers.cli(taker, 'cluster', 'setslot', '0', 'importing', servers.cli(owner, 'cluster', 'myid'));
    expect(servers.cli(heir, 'cluster', 'failover')).toBe('OK');
    // It hears of everything but this slot.
    await until(() => /cluster_slots_assigned:(\d+)/.exec(servers.cli(taker, 'cluster', 'info'))?.[1] ?? '', '16383');
    const { done } = await heals(stage, 'A failover of the owner of a slot that another node is taking', before);
    expect(done).toContain('name-owner');
  }),
);
