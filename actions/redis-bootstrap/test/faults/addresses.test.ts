import { expect, jest, test } from '@jest/globals';
import { Stage } from '../stage.ts';
import { heals, ordinalsOf, withKeys } from './faulty.ts';
import { contentsOf, loadKeys } from './keys.ts';
import { failureOf, record, succeeded } from './outcome.ts';

jest.setTimeout(240_000);

/** The servers end at once and come back with their disks at addresses that they did not have before. */
async function move(stage: Stage, ordinals: readonly number[]): Promise<void> {
  await Promise.all(ordinals.map((ordinal) => stage.servers.kill(ordinal)));
  await Promise.all(ordinals.map((ordinal) => stage.servers.launch(ordinal)));
  stage.refreshPods();
}

test.concurrent(
  'all pods at new addresses',
  withKeys(async (stage, before) => {
    await move(stage, [...stage.servers.ips.keys()]);
    const { found, done } = await heals(stage, 'All pods restarted with new addresses', before);
    expect(found).toBe('stale-addresses');
    expect(done).not.toContain('reset');
  }),
);

test.concurrent(
  'half of the pods at new addresses',
  withKeys(async (stage, before) => {
    await move(stage, [0, 2, 4]);
    await heals(stage, 'Half of the pods restarted with new addresses', before);
  }),
);

/** Who knows whom, without what changes by itself. */
const views = ({ servers }: Stage): string[] =>
  [...servers.ips.keys()].map((ordinal) =>
    servers
      .cli(ordinal, 'cluster', 'nodes')
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
      .sort()
      .join(' '),
  );

test.concurrent(
  'a node of another cluster answers at the address of one of our pods',
  withKeys(async (stage, before) => {
    const other = await Stage.open({ settings: { 'enable-debug-command': 'yes' } });
    try {
      succeeded(await other.run('apply'));
      await loadKeys(other.servers, 1000);
      const theirs = await contentsOf(other.servers);
      const taken = ordinalsOf(stage, 'slave')[0] ?? -1;
      const ips = stage.servers.ips.with(taken, other.servers.ips[ordinalsOf(other, 'master')[0] ?? -1] ?? '');
      const pods = stage.state.pods as { status: { podIP: string } }[];
      stage.change({ pods: pods.map((pod, at) => ({ ...pod, status: { ...pod.status, podIP: ips[at] } })) });
      const seen = [views(stage), views(other)];
      const message = failureOf(await stage.run('plan'));
      expect(message).toMatch(/^The cluster has a live member that is none of these pods/);
      // It could be a member that has just gone: for a while the run looks again.
      expect(failureOf(await stage.run('apply', { inputs: { timeout: '4s' } }))).toBe(message);
      expect([views(stage), views(other)]).toEqual(seen);
      expect([await contentsOf(stage.servers), await contentsOf(other.servers)]).toEqual([before, theirs]);
      record({
        fault: 'A node of another cluster answers at the address of one of our pods',
        found: 'foreign',
        done: 'nothing: refused, and the node is named',
        lost: 0,
      });
    } finally {
      await other.close();
    }
  }),
);
