import { jest, test } from '@jest/globals';
import { until } from '../until.ts';
import { finds, heals, ordinalsOf, withKeys } from './faulty.ts';
import { contentsOf } from './keys.ts';
import { ZoneNetwork } from './zone-network.ts';

jest.setTimeout(240_000);

/** Two zones: one has two of the three primaries, and with them the majority. */
test('the network cut between two zones and restored', async () => {
  const network = new ZoneNetwork(2);
  const body = withKeys(
    async (stage) => {
      const { servers } = stage;
      const primaries = ordinalsOf(stage, 'master');
      const ofZone = (zone: number) => [...servers.ips.keys()].filter((ordinal) => ordinal % 2 === zone);
      const zone = [0, 1].find((one) => primaries.filter((ordinal) => ordinal % 2 === one).length === 2) ?? -1;
      const [majority = [], minority = []] = [ofZone(zone), ofZone(1 - zone)];
      await network.cut();
      const state = (ordinal: number) => /cluster_state:(\w+)/.exec(servers.cli(ordinal, 'cluster', 'info'))?.[1] ?? '';
      for (const ordinal of minority) await until(() => state(ordinal), 'fail');
      const role = (ordinal: number) => servers.cli(ordinal, 'role').split('\n')[0] ?? '';
      for (const ordinal of majority) await until(() => role(ordinal), 'master');
      for (const ordinal of majority) await until(() => state(ordinal), 'ok');
      for (let key = 0; key < 50; key += 1) servers.cli(majority[0] ?? 0, '-c', 'set', `cut:${key}`, String(key));
      const before = await contentsOf(servers, majority);
      const found = await finds(stage);
      await network.restore();
      await heals(stage, 'The network cut between two zones, and restored', before, { found });
    },
    { ...network.options, zones: 2 },
  );
  await body().finally(() => network.close());
});
