import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { type Run, type Stage, staged } from './stage.ts';
import { until } from './until.ts';

jest.setTimeout(180_000);

const KEYS = 300;
const actions = (run: Run): string[] => [...new Set(run.steps.map((step) => step.action))];

/** A formed cluster with keys in every shard. */
async function formed(stage: Stage): Promise<void> {
  const run = await stage.run('apply');
  expect({ code: run.code, log: run.log }).toMatchObject({ code: 0 });
  for (let key = 0; key < KEYS; key += 1)
    if (key % 30 === 0) stage.servers.cluster(0, 'set', `key:${key}`, String(key));
}

function keysKept(stage: Stage): void {
  for (let key = 0; key < KEYS; key += 30) expect(stage.servers.cluster(1, 'get', `key:${key}`)).toBe(String(key));
}

function replicaOrdinal(stage: Stage): number {
  return (
    [...stage.servers.ips.keys()].find((ordinal) =>
      stage.servers.cli(ordinal, 'info', 'replication').includes('role:slave'),
    ) ?? -1
  );
}

async function heal(stage: Stage): Promise<Run> {
  const run = await stage.run('apply');
  expect({ code: run.code, log: run.log }).toMatchObject({ code: 0 });
  const again = await stage.run('apply');
  expect(again.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]' });
  return run;
}

describe('healing', () => {
  test.concurrent(
    'every pod at a new address: the same nodes find each other again, with their keys',
    staged({}, async (stage) => {
      await formed(stage);
      const ordinals = [...stage.servers.ips.keys()];
      await Promise.all(ordinals.map((ordinal) => stage.servers.kill(ordinal)));
      await Promise.all(ordinals.map((ordinal) => stage.servers.launch(ordinal)));
      stage.refreshPods();
      const plan = await stage.run('plan');
      expect(JSON.parse(plan.outputs.topology ?? '{}').state).toBe('stale-addresses');
      const run = await heal(stage);
      expect(actions(run)).toContain('meet');
      expect(actions(run)).not.toContain('reset');
      keysKept(stage);
    }),
  );

  test.concurrent(
    'a replica that lost its disk: the new node takes its place, the old one is forgotten',
    staged({}, async (stage) => {
      await formed(stage);
      const lost = replicaOrdinal(stage);
      await stage.servers.kill(lost);
      rmSync(join(stage.servers.directory, String(lost)), { recursive: true });
      await stage.servers.launch(lost);
      stage.refreshPods();
      const run = await heal(stage);
      expect(actions(run)).toEqual(expect.arrayContaining(['meet', 'replicate', 'forget']));
      keysKept(stage);
    }),
  );

  test.concurrent(
    'a primary that lost its disk: the failover is awaited, the new node becomes a replica',
    staged({}, async (stage) => {
      await formed(stage);
      await stage.servers.kill(0);
      rmSync(join(stage.servers.directory, '0'), { recursive: true });
      await stage.servers.launch(0);
      stage.refreshPods();
      const run = await heal(stage);
      expect(run.steps.find((step) => step.action === 'replicate')?.target).toBe('redis-sessions-0');
      keysKept(stage);
    }),
  );

  test.concurrent(
    'a replica whose link is down is not called right',
    staged({}, async (stage) => {
      await formed(stage);
      const replica = replicaOrdinal(stage);
      stage.servers.cli(replica, 'config', 'set', 'masterauth', 'wrong');
      for (const ordinal of stage.servers.ips.keys()) stage.servers.cli(ordinal, 'client', 'kill', 'type', 'replica');
      await until(
        () => /master_link_status:(\w+)/.exec(stage.servers.cli(replica, 'info', 'replication'))?.[1] ?? '',
        'down',
      );
      expect(stage.servers.cli(replica, 'cluster', 'info')).toContain('cluster_state:ok');
      const run = await stage.run('apply', { inputs: { timeout: '2s' } });
      expect(run.code).toBe(1);
      expect(run.log).toMatch(
        new RegExp(`redis-sessions-${replica} is not in step with its primary redis-sessions-\\d: the link is down`),
      );
    }),
  );
});
