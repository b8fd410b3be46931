import { expect, jest, test } from '@jest/globals';
import type { Stage } from '../stage.ts';
import { heals, withKeys } from './faulty.ts';

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
