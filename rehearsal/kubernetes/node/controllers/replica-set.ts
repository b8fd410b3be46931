/** The ReplicaSet controller: as many pods as asked for, the least useful ones removed first. */
import type { KubeObject } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import { type DeploymentSpec, hasEnded, isLeaving, isReady, type Pod, view } from '../objects.ts';
import { sooner } from './control-loop.ts';
import { counter, createPod, nameSuffix, podsOf, untilAvailable } from './pod-template.ts';

const manager = 'replicaset-controller';

/** Reconciles every ReplicaSet. */
export function reconcileReplicaSets(cluster: Cluster): number | undefined {
  let again: number | undefined;
  for (const set of cluster.list('ReplicaSet')) {
    if (set.metadata.deletionTimestamp === undefined) {
      again = sooner(again, reconcile(cluster, set));
    }
  }
  return again;
}

function reconcile(cluster: Cluster, set: KubeObject): number | undefined {
  const spec = view<{ spec: DeploymentSpec }>(set).spec;
  const wanted = spec.replicas ?? 1;
  const active = podsOf(cluster, set).filter(({ pod }) => !isLeaving(pod) && !hasEnded(pod));
  for (let missing = active.length; missing < wanted; missing += 1) {
    createPod(cluster, set, spec.template, { name: `${set.metadata.name}-${nameSuffix()}` }, manager);
  }
  const surplus = active
    .sort((a, b) => usefulness(a.pod) - usefulness(b.pod))
    .slice(0, Math.max(active.length - wanted, 0));
  for (const { object, pod } of surplus) {
    cluster.delete(object);
    const message = `Deleted pod: ${pod.metadata.name}`;
    cluster.report(set, { type: 'Normal', reason: 'SuccessfulDelete', message }, manager);
  }
  return writeStatus(cluster, set, spec);
}

/** Low for pods that are not running anywhere, then for those not ready, then for the youngest. */
function usefulness(pod: Pod): number {
  const stage = pod.spec.nodeName === undefined ? 0 : pod.status.phase !== 'Running' ? 1 : isReady(pod) ? 3 : 2;
  return stage - Date.parse(pod.metadata.creationTimestamp) / 1e15;
}

function writeStatus(cluster: Cluster, set: KubeObject, spec: DeploymentSpec): number | undefined {
  const pods = podsOf(cluster, set).filter(({ pod }) => !isLeaving(pod) && !hasEnded(pod));
  const waits = pods.map(({ pod }) => untilAvailable(pod, spec.minReadySeconds ?? 0, cluster.clock.now()));
  cluster.setStatus(
    set,
    {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      fullyLabeledReplicas: counter(pods.length),
      readyReplicas: counter(pods.filter(({ pod }) => isReady(pod)).length),
      availableReplicas: counter(waits.filter((wait) => wait === 0).length),
    },
    manager,
  );
  return waits.reduce(
    (soonest, wait) => (wait === undefined || wait === 0 ? soonest : sooner(soonest, wait)),
    undefined,
  );
}
