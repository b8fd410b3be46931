/** Proof by plan: what real terraform plans for the environments of this repository keeps every policy. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Plan } from './plan-json.ts';
import { browserHeaderPolicies } from './policies/browser-headers.ts';
import { cachingPolicies } from './policies/caching.ts';
import { clusterPolicies } from './policies/cluster.ts';
import { clusterNetworkPolicies } from './policies/cluster-network.ts';
import { databasePolicies } from './policies/database.ts';
import { databaseAccessPolicies } from './policies/database-access.ts';
import { firewallPolicies } from './policies/firewall.ts';
import { frontDoorPolicies } from './policies/front-door.ts';
import { generalPolicies } from './policies/general.ts';
import { keyVaultPolicies } from './policies/key-vault.ts';
import { monitoringPolicies } from './policies/monitoring.ts';
import { networkPolicies } from './policies/network.ts';
import { nodePoolPolicies } from './policies/node-pools.ts';
import { privateEndpointPolicies } from './policies/private-endpoints.ts';
import { registryPolicies } from './policies/registry.ts';
import { storagePolicies } from './policies/storage.ts';
import { workloadPoolPolicies } from './policies/workload-pools.ts';
import type { Policy } from './policy.ts';
import { frontendVariables, openWorkbench, platformVariables, succeeded } from './terraform-plan.ts';

const policies: Policy[] = [
  ...generalPolicies,
  ...clusterPolicies,
  ...clusterNetworkPolicies,
  ...nodePoolPolicies,
  ...workloadPoolPolicies,
  ...databasePolicies,
  ...databaseAccessPolicies,
  ...storagePolicies,
  ...keyVaultPolicies,
  ...registryPolicies,
  ...privateEndpointPolicies,
  ...networkPolicies,
  ...monitoringPolicies,
  ...frontDoorPolicies,
  ...cachingPolicies,
  ...browserHeaderPolicies,
  ...firewallPolicies,
];

/** What is planned at first, and what is planned again when that is applied. */
interface Plans {
  fresh: Plan;
  settled: Plan;
}

const environments = ['development', 'production'] as const;
const plans = new Map<string, Plans>();

/** Development is as its file says; production has everything that can be chosen besides. */
const choices: Record<(typeof environments)[number], Record<string, unknown>> = {
  development: {},
  production: {
    domain: 'moodle.example.edu',
    certificate_name: 'moodle',
    database_admin: { object_id: '55555555-5555-4555-8555-555555555555', name: 'Database administrators' },
    database_replicas: 2,
    private_registry: true,
    private_cluster: true,
    operator_ip_ranges: ['203.0.113.0/24'],
    alert_emails: ['on-call@example.edu'],
  },
};

/** Plans, applies to an Azure in memory, and plans again. */
async function makePlans(environment: (typeof environments)[number]): Promise<void> {
  const bench = await openWorkbench();
  try {
    let variables: Record<string, unknown> = { ...platformVariables(environment), ...choices[environment] };
    for (const root of ['infra', 'infra/frontend']) {
      succeeded(await bench.init(root));
      const fresh = await bench.planJson(root, variables);
      succeeded(await bench.run(root, ['apply', '-input=false', '-no-color', 'test.plan']));
      const settled = await bench.planJson(root, variables);
      plans.set(`${root} ${environment}`, { fresh, settled });
      variables = frontendVariables(settled, variables);
    }
  } finally {
    await bench.close();
  }
}

function plansOf(policy: Policy, environment: string): Plans {
  const found = plans.get(`${policy.root} ${environment}`);
  if (found === undefined) throw new Error(`There is no plan of ${policy.root} for ${environment}.`);
  return found;
}

function violations(policy: Policy): string[] {
  return environments
    .filter((environment) => policy.environment === undefined || policy.environment === environment)
    .flatMap((environment) => {
      const { fresh, settled } = plansOf(policy, environment);
      const found = new Set([...policy.check(fresh), ...policy.check(settled)]);
      return [...found].map((sentence) => `${environment}: ${sentence}`);
    });
}

beforeAll(async () => {
  for (const environment of environments) await makePlans(environment);
}, 60_000);

afterAll(() => plans.clear());

test('there are at least forty policies, each with a name of its own', () => {
  const names = policies.map(({ name }) => name);
  expect(names.length).toBeGreaterThanOrEqual(40);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

describe('the plans of development and production', () => {
  test.each(policies)('keep: $name', (policy) => {
    expect(violations(policy)).toEqual([]);
  });

  test.each(policies)('a planted violation is found: $name', (policy) => {
    // Applied, because some of what a policy looks at is known only then.
    const copy = structuredClone(plansOf(policy, 'production').settled);
    policy.plant(copy);
    expect(policy.check(copy)).not.toEqual([]);
  });

  test.each(environments)('a second plan changes nothing: %s', (environment) => {
    for (const root of ['infra', 'infra/frontend']) {
      const changes = plans.get(`${root} ${environment}`)?.settled.resource_changes ?? [];
      const changed = changes.filter(({ change }) => !['no-op', 'read'].includes(change.actions.join()));
      expect(changed.map(({ address, change }) => `${address}: ${change.actions.join()}`)).toEqual([]);
    }
  });
});
