/** What real terraform says of values that cannot be planned, or not carried. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openWorkbench, platformVariables, succeeded, unwrapped, type Workbench } from './terraform-plan.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench();
  succeeded(await bench.init('infra'));
}, 60_000);

afterAll(() => bench.close());

describe('a value that cannot be planned', () => {
  const plan = async (variables: Record<string, unknown>): Promise<string> => {
    const { exitCode, stderr } = await bench.plan('infra', {
      ...platformVariables('production'),
      ...variables,
    });
    expect(exitCode).toBe(1);
    // Terraform keeps the part of a plan that does not depend on the value, to be looked at; it never applies it.
    const applied = await bench.run('infra', ['apply', '-input=false', '-no-color', 'test.plan']);
    expect(applied).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Cannot apply incomplete plan') });
    return unwrapped(stderr);
  };

  test.each([
    ['no users', { concurrent_users: 0 }, 'concurrent_users is 0; give a whole number from 100 to '],
    ['ten million users', { concurrent_users: 10_000_000 }, 'concurrent_users is 10000000; give a whole number'],
    [
      'a region without zones',
      { location: 'westus' },
      'location is "westus", a region without availability zones; give ',
    ],
    ['no zones', { zones: [] }, 'zones is []; give '],
    [
      'a backup of something that is no server',
      { database_restore: { from: 'moodle-production', at: '2027-01-18T03:15:04Z' } },
      'database_restore.from is "moodle-production"; give the resource id of a flexible server',
    ],
    [
      'a moment in no zone',
      {
        database_restore: {
          from: '/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/moodle',
          at: '2027-01-18 03:15',
        },
      },
      'database_restore.at is "2027-01-18 03:15"; give a moment in UTC',
    ],
    ['one zone', { zones: ['1'] }, 'zones is [1]; give '],
    ['a network that is too small', { address_space: '10.64.0.0/24' }, 'address_space is "10.64.0.0/24"; give '],
    ['too few pod addresses', { pod_address_space: '10.128.0.0/20' }, 'pod_address_space is "10.128.0.0/20"; give '],
    [
      'a network that is too small for the users',
      {
        concurrent_users: 1_000_000,
        capacity_assumptions: { cpu_seconds_per_page: 0.4 },
        address_space: '10.64.0.0/18',
      },
      'address_space is "10.64.0.0/18", whose first sixteenth has too few addresses for the ',
    ],
    [
      'too few pod addresses for the users',
      { concurrent_users: 1_000_000, pod_address_space: '10.128.0.0/16' },
      'pod_address_space is "10.128.0.0/16", too small for the ',
    ],
    [
      'more nodes than a pool may have',
      {
        concurrent_users: 1_000_000,
        capacity_assumptions: { cpu_seconds_per_page: 0.5 },
        pod_address_space: '10.128.0.0/12',
      },
      'and AKS allows 1,000 in a pool: lower concurrent_users',
    ],
    [
      'an exam that begins at once',
      { exam_start_seconds: 1 },
      'exam_start_seconds is 1; give a whole number of seconds',
    ],
    [
      'a constant that the model does not know',
      { capacity_assumptions: { speed: 1 } },
      'the capacity model does not know: speed',
    ],
    ['a certificate for no domain', { certificate_name: 'moodle' }, 'certificate_name is "moodle" without a domain'],
    [
      'backups of three days',
      { backup_retention_days: 3 },
      'backup_retention_days is 3; give a whole number from 7 to 35',
    ],
    ['six replicas', { database_replicas: 6 }, 'database_replicas is 6; give a whole number from 0 to 5'],
    [
      'an administrator without an id',
      { database_admin: { object_id: 'me', name: 'me' } },
      'database_admin needs the object id',
    ],
    ['nobody behind an address', { users_behind_one_address: 0 }, 'users_behind_one_address is 0; give '],
    ['no standby in production', { high_availability: false }, 'high_availability is false in production'],
  ])('%s', async (_, variables, message) => {
    expect(await plan(variables)).toContain(message);
  });
});

test.each([
  ['a rate limit of nothing', { rate_limit_per_minute: 0 }, 'rate_limit_per_minute is 0; give a whole number from 100'],
  ['an action that is none', { rate_limit_action: 'Captcha' }, 'rate_limit_action is "Captcha"; give Log or Block'],
  ['a mode that is none', { firewall_mode: 'Off' }, 'firewall_mode is "Off"; give Prevention or Detection'],
])('a front door with %s', async (_, variables, message) => {
  const frontend = 'infra/frontend';
  succeeded(await bench.init(frontend));
  const { exitCode, stderr } = await bench.plan(frontend, {
    environment: 'production',
    location: 'swedencentral',
    resource_group_name: 'group',
    node_resource_group_name: 'nodes',
    front_door_profile_name: 'door',
    rate_limit_per_minute: 66_000,
    ...variables,
  });
  expect(exitCode).toBe(1);
  expect(unwrapped(stderr)).toContain(message);
});

test('a million users fit, and what Azure does not carry is said', async () => {
  const { exitCode, stdout } = await bench.plan('infra', {
    ...platformVariables('production'),
    concurrent_users: 1_000_000,
  });
  expect(exitCode).toBe(0);
  expect(unwrapped(stdout)).toMatch(
    /1000000 users are more than Azure carries here\. Of database cores \d+ are needed and 96 is the most/,
  );
});
