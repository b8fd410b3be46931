/** The scheduler: gives every pod without a node one, or writes the reason why not into PodScheduled. */
import type { KubeObject } from '../../ports.ts';
import { timestamp } from '../clock.ts';
import type { Cluster } from '../cluster.ts';
import type { Taint } from '../controllers/nodes.ts';
import { storageClassOf } from '../controllers/persistent-volume.ts';
import {
  type Condition,
  conditionOf,
  hasEnded,
  isLeaving,
  type NodeSelectorTerm,
  type Pod,
  podOf,
} from '../objects.ts';
import { chooseNode } from './choose.ts';
import type { Placement } from './filters.ts';

const manager = 'default-scheduler';

/** Schedules every pod that waits for a node. */
export function schedulePods(cluster: Cluster): undefined {
  const waiting = cluster
    .list('Pod')
    .filter((object) => podOf(object).spec.nodeName === undefined && !isLeaving(podOf(object)))
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
  for (const object of waiting) {
    const pod = podOf(object);
    const volumes = volumeZonesOf(cluster, pod);
    const choice = 'reason' in volumes ? volumes : chooseNode(pod, placementOf(cluster), volumes.zones);
    if ('reason' in choice) {
      refuse(cluster, object, pod, choice.reason);
    } else {
      bind(cluster, object, choice.node);
    }
  }
}

function placementOf(cluster: Cluster): Placement {
  const nodes = cluster.list('Node').map((node) => ({
    name: node.metadata.name,
    labels: node.metadata.labels ?? {},
    taints: (node.spec?.taints ?? []) as unknown as Taint[],
    unschedulable: node.spec?.unschedulable === true,
  }));
  const pods = cluster
    .list('Pod')
    .map(podOf)
    .filter((pod) => pod.spec.nodeName !== undefined && !hasEnded(pod));
  return { nodes: nodes.sort((a, b) => (a.name < b.name ? -1 : 1)), pods };
}

/** The zones of the disks that the pod uses; a reason when a claim is missing or will never be bound. */
function volumeZonesOf(cluster: Cluster, pod: Pod): { zones: string[] } | { reason: string } {
  const zones: string[] = [];
  const total = cluster.list('Node').length;
  for (const volume of pod.spec.volumes ?? []) {
    const name = volume.persistentVolumeClaim?.claimName;
    if (name === undefined) {
      continue;
    }
    const claim = cluster.get('PersistentVolumeClaim', pod.metadata.namespace, name);
    if (claim === undefined) {
      return { reason: `0/${total} nodes are available: persistentvolumeclaim "${name}" not found.` };
    }
    if (claim.status?.phase !== 'Bound') {
      if (!waitsForConsumer(cluster, claim)) {
        return { reason: `0/${total} nodes are available: pod has unbound immediate PersistentVolumeClaims.` };
      }
      continue;
    }
    const bound = cluster.get('PersistentVolume', undefined, String(claim.spec?.volumeName));
    const affinity = bound?.spec?.nodeAffinity as unknown as
      | { required?: { nodeSelectorTerms?: NodeSelectorTerm[] } }
      | undefined;
    const terms = affinity?.required?.nodeSelectorTerms?.flatMap((term) => term.matchExpressions ?? []) ?? [];
    zones.push(...terms.flatMap((term) => (term.key === 'topology.kubernetes.io/zone' ? (term.values ?? []) : [])));
  }
  return { zones };
}

function waitsForConsumer(cluster: Cluster, claim: KubeObject): boolean {
  const name = typeof claim.spec?.storageClassName === 'string' ? claim.spec.storageClassName : 'default';
  const named = typeof claim.spec?.volumeName === 'string' && claim.spec.volumeName !== '';
  return !named && storageClassOf(cluster, name)?.zonal === true;
}

function bind(cluster: Cluster, object: KubeObject, node: string): void {
  cluster.change(
    object,
    (draft) => {
      draft.spec = { ...draft.spec, nodeName: node };
    },
    manager,
  );
  scheduled(cluster, object, { type: 'PodScheduled', status: 'True' });
  const { namespace, name } = object.metadata;
  const message = `Successfully assigned ${namespace}/${name} to ${node}`;
  cluster.report(object, { type: 'Normal', reason: 'Scheduled', message }, manager);
}

function refuse(cluster: Cluster, object: KubeObject, pod: Pod, message: string): void {
  const before = conditionOf(pod.status.conditions, 'PodScheduled');
  if (before?.status === 'False' && before.message === message) {
    return;
  }
  scheduled(cluster, object, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
  cluster.report(object, { type: 'Warning', reason: 'FailedScheduling', message }, manager);
}

function scheduled(cluster: Cluster, object: KubeObject, condition: Condition): void {
  const others = (podOf(object).status.conditions ?? []).filter((other) => other.type !== 'PodScheduled');
  const time = timestamp(cluster.clock.now());
  const conditions = [...others, { ...condition, lastProbeTime: null, lastTransitionTime: time }];
  cluster.setStatus(object, { phase: 'Pending', conditions }, manager);
}
