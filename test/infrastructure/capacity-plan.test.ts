/** What the capacity model does to a real plan of `infra/`. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  openWorkbench,
  platformVariables,
  succeeded,
  unwrapped,
  type Variables,
  type Workbench,
} from './terraform-plan.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
  succeeded(await bench.init('infra'));
}, 60_000);
afterAll(() => bench.close());

const planned = async (more: Variables): Promise<string> =>
  unwrapped(succeeded(await bench.plan('infra', { ...platformVariables('production'), ...more })));

test('production as it is planned is carried, without a warning', async () => {
  expect(await planned({})).not.toContain('more than Azure carries');
}, 60_000);

test('more users than Azure carries are planned, with a warning that says of what and what to do', async () => {
  const text = await planned({ concurrent_users: 1_000_000 });
  expect(text).toContain('By the capacity model 1000000 users are more than Azure carries here.');
  expect(text).toContain('Of database cores 167 are needed and 96 is the most. Have Moodle read from read replicas');
  expect(text).toMatch(/web_replicas += 1852\b/);
}, 60_000);

test('the start of an exam and measured constants reach the sizes', async () => {
  const text = await planned({
    concurrent_users: 100_000,
    exam_start_seconds: 60,
    capacity_assumptions: { exam_start_pages: 4, cpu_seconds_per_page: 0.1 },
  });
  // 100,000 users, 4 pages each, in a minute, at a tenth of a second: 667 processors busy, 60 % of 1,111.
  expect(text).toMatch(/web_replicas += 371\b/);
  expect(text).not.toContain('more than Azure carries');
}, 60_000);

test('a database that grows takes the connections of its new size', async () => {
  const connections = async (users: number): Promise<unknown> => {
    const plan = await bench.planJson('infra', { ...platformVariables('production'), concurrent_users: users });
    const found = (plan.planned_values.root_module.resources ?? []).find(
      ({ address }) => address === 'azurerm_postgresql_flexible_server_configuration.moodle["max_connections"]',
    );
    return found?.values.value;
  };
  expect([await connections(1_000), await connections(400_000)]).toEqual(['859', '5000']);
}, 60_000);
