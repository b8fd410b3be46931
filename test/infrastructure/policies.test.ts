/** Proof by plan: what real terraform plans for the environments of this repository keeps every policy. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gaps } from './gaps.ts';
import type { Plan } from './plan-json.ts';
import { clusterPolicies } from './policies/cluster.ts';
import { databasePolicies } from './policies/database.ts';
import { frontDoorPolicies } from './policies/front-door.ts';
import { generalPolicies } from './policies/general.ts';
import { networkPolicies } from './policies/network.ts';
import { nodePoolPolicies } from './policies/node-pools.ts';
import { storagePolicies } from './policies/storage.ts';
import type { Policy } from './policy.ts';
import { frontendVariables, openWorkbench, platformVariables, succeeded } from './terraform-plan.ts';

const policies: Policy[] = [
  ...generalPolicies,
  ...clusterPolicies,
  ...nodePoolPolicies,
  ...databasePolicies,
  ...storagePolicies,
  ...networkPolicies,
  ...frontDoorPolicies,
];

/** What is planned at first, and what is planned again when that is applied. */
interface Plans {
  fresh: Plan;
  settled: Plan;
}

const environments = ['development', 'production'] as const;
const plans = new Map<string, Plans>();

/** Plans, applies to an Azure in memory, and plans again. Production has a domain, development has none. */
async function makePlans(environment: string): Promise<void> {
  const bench = await openWorkbench();
  try {
    const domain = environment === 'production' ? 'moodle.example.edu' : '';
    let variables: Record<string, unknown> = { ...platformVariables(environment), domain };
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
  expect(Object.keys(gaps).filter((name) => !names.includes(name))).toEqual([]);
});

describe('the plans of development and production', () => {
  test.each(policies)('keep: $name', (policy) => {
    const found = violations(policy);
    // When a gap is not found any more, infra/ has caught up: remove it from gaps.ts.
    expect({ violations: found, broken: found.length > 0 }).toEqual({
      violations: gaps[policy.name] === undefined ? [] : found,
      broken: gaps[policy.name] !== undefined,
    });
  });

  test.each(policies)('a planted violation is found: $name', (policy) => {
    const copy = structuredClone(plansOf(policy, 'production').fresh);
    const before = policy.check(copy);
    policy.plant(copy);
    const after = policy.check(copy);
    expect(after).not.toEqual([]);
    if (gaps[policy.name] === undefined) expect(after).not.toEqual(before);
  });

  test.each(environments)('a second plan changes nothing: %s', (environment) => {
    for (const root of ['infra', 'infra/frontend']) {
      const changes = plans.get(`${root} ${environment}`)?.settled.resource_changes ?? [];
      const changed = changes.filter(({ change }) => !['no-op', 'read'].includes(change.actions.join()));
      expect(changed.map(({ address, change }) => `${address}: ${change.actions.join()}`)).toEqual([]);
    }
  });
});
