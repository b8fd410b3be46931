/** The simulated Nodes: the pools of an AKS cluster, each over three zones. */
import type { KubeObject } from '../../ports.ts';
import { timestamp } from '../clock.ts';
import type { Cluster } from '../cluster.ts';

/** The label that names a node's zone. */
export const zoneLabel = 'topology.kubernetes.io/zone';

/** A taint of a node. */
export interface Taint {
  key: string;
  value?: string;
  effect: string;
}

/** One simulated node. */
export interface NodeOptions {
  name: string;
  zone: string;
  /** Value of the labels `agentpool` and `kubernetes.azure.com/agentpool`. */
  pool: string;
  taints?: Taint[];
}

/** Nodes for each pool by its size, zone after zone, named as AKS names them and tainted as `infra/node-pools.tf` has it. */
export function poolNodes(pools: Record<string, number>, region = 'rehearsal'): NodeOptions[] {
  return Object.entries(pools).flatMap(([pool, size]) =>
    Array.from({ length: size }, (_, index) => ({
      name: `aks-${pool}-${String(index).padStart(6, '0')}`,
      zone: `${region}-${(index % 3) + 1}`,
      pool,
      ...(poolTaints[pool] === undefined ? {} : { taints: [poolTaints[pool]] }),
    })),
  );
}

/** What keeps pods that do not belong there from a pool. */
const poolTaints: Readonly<Record<string, Taint>> = {
  system: { key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' },
  redis: { key: 'workload', value: 'redis', effect: 'NoSchedule' },
  pgbouncer: { key: 'workload', value: 'pgbouncer', effect: 'NoSchedule' },
  jobs: { key: 'workload', value: 'jobs', effect: 'NoSchedule' },
};

/** Three nodes a pool; six for Redis, so that six cluster nodes find a machine each. */
export const defaultNodes = poolNodes({ system: 3, app: 3, redis: 6, pgbouncer: 3, jobs: 3 });

/** Creates the Node objects that are missing. Nodes are always Ready: a rehearsed node cannot fail. */
export function ensureNodes(cluster: Cluster, nodes: readonly NodeOptions[]): void {
  const time = timestamp(cluster.clock.now());
  for (const node of nodes) {
    const spec = node.taints === undefined ? {} : { taints: node.taints.map((taint) => ({ ...taint })) };
    const resources = { cpu: '8', memory: '32Gi', pods: '250' };
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      lastHeartbeatTime: time,
      lastTransitionTime: time,
    };
    cluster.create(
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: node.name, labels: labelsOf(node) },
        spec: spec as NonNullable<KubeObject['spec']>,
        status: { capacity: resources, allocatable: resources, conditions: [ready] },
      },
      'kubelet',
    );
  }
}

function labelsOf(node: NodeOptions): Record<string, string> {
  return {
    'kubernetes.io/hostname': node.name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    [zoneLabel]: node.zone,
    'topology.kubernetes.io/region': node.zone.replace(/-\d+$/, ''),
    agentpool: node.pool,
    'kubernetes.azure.com/agentpool': node.pool,
    'kubernetes.azure.com/mode': node.pool === 'system' ? 'system' : 'user',
  };
}
