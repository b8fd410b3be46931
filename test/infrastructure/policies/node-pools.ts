/** Node pools of AKS: zones, sizes, disks and what runs where. */
import {
  at,
  number,
  type Plan,
  put,
  type Resource,
  references,
  resources,
  text,
  type Values,
  written,
} from '../plan-json.ts';
import { one, type Policy } from '../policy.ts';

const poolType = 'azurerm_kubernetes_cluster_node_pool';

interface Pool {
  address: string;
  values: Values;
}

/** All pools; the system pool is written inside the cluster. */
function pools(plan: Plan): Pool[] {
  return [
    ...resources(plan, 'azurerm_kubernetes_cluster').map(({ address, values }) => ({
      address: `${address} default_node_pool`,
      values: (at(values, 'default_node_pool.0') ?? {}) as Values,
    })),
    ...resources(plan, poolType),
  ];
}

/** The pools other than the system pool. */
const workload = (plan: Plan): Resource[] => resources(plan, poolType);

/** A policy on every pool. */
function everyPool(
  name: string,
  why: string,
  keeps: (values: Values, plan: Plan) => boolean,
  [path, planted]: [string, unknown],
  environment?: 'production',
): Policy {
  return {
    name,
    why,
    root: 'infra',
    ...(environment === undefined ? {} : { environment }),
    check: (plan) =>
      pools(plan)
        .filter(({ values }) => !keeps(values, plan))
        .map(({ address, values }) => `${address}: ${path} is ${JSON.stringify(at(values, path)) ?? 'not set'}`),
    plant: (plan) => put(one(plan, poolType).values, path, planted),
  };
}

export const nodePoolPolicies: Policy[] = [
  everyPool(
    'every pool is in three zones',
    'A zone that fails must not take a pool, or the majority of Redis, with it.',
    (values) => new Set(at(values, 'zones') as string[]).size === 3,
    ['zones', ['1']],
  ),
  everyPool(
    'no pool of production is on Spot',
    'Azure takes Spot nodes back when demand is high, and on an exam day it is.',
    (values) => [undefined, 'Regular'].includes(at(values, 'priority') as string | undefined),
    ['priority', 'Spot'],
    'production',
  ),
  everyPool(
    'every pool scales by itself',
    'Counts that a person sets are forgotten.',
    (values) => values.auto_scaling_enabled === true,
    ['auto_scaling_enabled', false],
  ),
  everyPool(
    'every pool has sane bounds',
    'AKS allows 1,000 nodes in a pool; a least that is above the most is refused late.',
    (values) => {
      const [least, most] = [number(values, 'min_count'), number(values, 'max_count')];
      return least >= 1 && most > least && most <= 1000;
    },
    ['max_count', 0],
  ),
  everyPool(
    'every pool has ephemeral system disks',
    'Remote disks make nodes slow to start, and hundreds of them reach the limits of the region.',
    (values) => values.os_disk_type === 'Ephemeral',
    ['os_disk_type', 'Managed'],
  ),
  everyPool(
    'every pool says how many nodes it upgrades at once',
    'The default of one node would take a day for the web pool.',
    (values) => at(values, 'upgrade_settings.0.max_surge') !== undefined,
    ['upgrade_settings', []],
  ),
  everyPool(
    'every pool can be changed in place',
    'Without a name for the interim pool a new machine size is a new pool and an outage.',
    (values) => /^[a-z][a-z0-9]{0,11}$/.test(text(values, 'temporary_name_for_rotation')),
    ['temporary_name_for_rotation', undefined],
  ),
  everyPool(
    'no node has a public address',
    'Nodes are reached from inside only.',
    (values) => values.node_public_ip_enabled !== true,
    ['node_public_ip_enabled', true],
  ),
  {
    name: 'pool sizes come from the capacity model',
    why: 'A number that is typed twice is wrong once.',
    root: 'infra',
    check(plan) {
      const system = written(plan, 'azurerm_kubernetes_cluster').flatMap(({ address, expressions }) =>
        ['vm_size', 'min_count', 'max_count']
          .filter((path) => !fromModel(at(expressions, `default_node_pool.0.${path}`)))
          .map((path) => `${address}: default_node_pool.${path} is not from module.capacity`),
      );
      const others = written(plan, poolType)
        .filter(({ for_each_expression, expressions }) => !fromModel(for_each_expression ?? expressions?.max_count))
        .map(({ address }) => `${address}: its sizes are not from module.capacity`);
      return [...system, ...others];
    },
    plant(plan) {
      for (const { expressions } of written(plan, 'azurerm_kubernetes_cluster'))
        put(expressions ?? {}, 'default_node_pool.0.max_count', { constant_value: 3 });
    },
  },
  {
    name: 'the system pool is for the system',
    why: 'A web pod that starves CoreDNS stops everything.',
    root: 'infra',
    check: (plan) =>
      resources(plan, 'azurerm_kubernetes_cluster')
        .filter(({ values }) => at(values, 'default_node_pool.0.only_critical_addons_enabled') !== true)
        .map(({ address }) => `${address}: other pods may run in the system pool`),
    plant: (plan) =>
      put(one(plan, 'azurerm_kubernetes_cluster').values, 'default_node_pool.0.only_critical_addons_enabled', false),
  },
  {
    name: 'each pool carries the label that manifests select',
    why: 'Pods would wait for a node for ever.',
    root: 'infra',
    check: (plan) =>
      workload(plan)
        .filter(({ values }) => at(values, 'node_labels.workload') !== values.name)
        .map(({ address }) => `${address}: the label workload is not its name`),
    plant: (plan) => put(one(plan, poolType).values, 'node_labels', {}),
  },
];

function fromModel(expression: unknown): boolean {
  return references(expression).some((name) => name.startsWith('module.capacity'));
}
