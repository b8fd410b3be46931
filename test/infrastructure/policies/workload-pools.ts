/** Which pods have which nodes: the pools for one workload, and that the manifests find them. */
import { at, list, number, type Plan, put, type Resource, resources } from '../plan-json.ts';
import { one, type Policy } from '../policy.ts';
import { podTemplates } from './pod-templates.ts';

const poolType = 'azurerm_kubernetes_cluster_node_pool';

const named = (plan: Plan, name: string): Resource | undefined =>
  resources(plan, poolType).find(({ values }) => values.name === name);

/** Taints of a pool, as AKS writes them: `workload=redis:NoSchedule`. */
const taints = (plan: Plan, name: string): string[] => list(named(plan, name)?.values, 'node_taints').map(String);

/** A policy on each of some pools. */
function eachOf(names: readonly string[], policy: (name: string) => Omit<Policy, 'root'>): Policy[] {
  return names.map((name) => ({ root: 'infra', ...policy(name) }));
}

export const workloadPoolPolicies: Policy[] = [
  ...eachOf(['app', 'redis', 'jobs', 'pgbouncer'], (name) => ({
    name: `there is a pool ${name}`,
    why: 'Each workload has nodes of its own, so that none starves another.',
    check: (plan) => (named(plan, name) === undefined ? [`there is no node pool ${name}`] : []),
    plant: (plan) => put((named(plan, name) ?? one(plan, poolType)).values, 'name', 'other'),
  })),
  ...eachOf(['redis', 'pgbouncer', 'jobs'], (name) => ({
    name: `nodes of ${name} are for ${name}`,
    why: 'Another pod there takes the memory that saving needs, or the processor that all pages wait for.',
    check: (plan) =>
      taints(plan, name).includes(`workload=${name}:NoSchedule`) ? [] : [`the pool ${name} has no taint`],
    plant: (plan) => put(named(plan, name)?.values ?? {}, 'node_taints', []),
  })),
  {
    name: 'some pool takes pods that nobody planned for',
    why: 'With a taint on every pool, what you add yourself would find no node.',
    root: 'infra',
    check: (plan) => (taints(plan, 'app').length === 0 ? [] : ['the pool app has a taint']),
    plant: (plan) => put(named(plan, 'app')?.values ?? {}, 'node_taints', ['workload=app:NoSchedule']),
  },
  ...eachOf(['redis', 'pgbouncer'], (name) => ({
    name: `${name} has a node in each zone from the start`,
    why: 'A zone that fails must leave two thirds of it.',
    check(plan) {
      const least = number(named(plan, name)?.values, 'min_count');
      return least >= 3 && least % 3 === 0 ? [] : [`the pool ${name} starts with ${least} nodes`];
    },
    plant: (plan) => put(named(plan, name)?.values ?? {}, 'min_count', 1),
  })),
  {
    name: 'Redis loses one node at a time to an upgrade',
    why: 'A primary and its replica that go together take their part of the sessions with them.',
    root: 'infra',
    check(plan) {
      const surge = at(named(plan, 'redis')?.values, 'upgrade_settings.0.max_surge');
      return surge === '1' ? [] : [`${String(surge)} at a time`];
    },
    plant: (plan) => put(named(plan, 'redis')?.values ?? {}, 'upgrade_settings.0.max_surge', '33%'),
  },
  {
    name: 'pods find the pool that they ask for',
    why: 'A pod that selects a pool which is not there waits for ever.',
    root: 'infra',
    check: (plan) =>
      podTemplates()
        .filter(({ pool }) => pool === undefined || named(plan, pool) === undefined)
        .map(({ file, pool }) => `${file} selects the pool ${String(pool)}`),
    plant: (plan) => put(named(plan, 'redis')?.values ?? {}, 'name', 'cache'),
  },
  {
    name: 'pods tolerate the taints of their pool',
    why: 'A pod that does not waits for ever beside empty nodes.',
    root: 'infra',
    check: (plan) =>
      podTemplates().flatMap(({ file, pool, tolerated }) =>
        taints(plan, pool ?? '')
          .filter((taint) => !tolerated.includes(taint))
          .map((taint) => `${file} does not tolerate ${taint}`),
      ),
    plant: (plan) => put(named(plan, 'redis')?.values ?? {}, 'node_taints', ['planted=yes:NoSchedule']),
  },
];
