/**
 * The StatefulSet controller: pods with a name, a volume and an order. Its steps follow updateStatefulSet in
 * pkg/controller/statefulset of kubernetes/kubernetes.
 *
 * A pod that is leaving never counts as ready, and status is written in the pass that deletes it: `kubectl rollout
 * status` reads readyReplicas before updatedReplicas and would otherwise call a half-done update complete.
 */
import type { KubeObject } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import { hasEnded, isLeaving, isReady, type Pod, type PodTemplate, type StatefulSetSpec, view } from '../objects.ts';
import { sooner } from './control-loop.ts';
import { counter, createPod, podsOf, untilAvailable } from './pod-template.ts';
import { ensureRevision, revisionLabel, templateOf } from './revisions.ts';
import { ensureClaims, withClaims } from './stateful-claims.ts';

const manager = 'statefulset-controller';

interface Member {
  ordinal: number;
  object: KubeObject;
  pod: Pod;
}

/** Reconciles every StatefulSet. */
export function reconcileStatefulSets(cluster: Cluster): number | undefined {
  let again: number | undefined;
  for (const set of cluster.list('StatefulSet')) {
    if (set.metadata.deletionTimestamp === undefined) {
      again = sooner(again, reconcile(cluster, set));
    }
  }
  return again;
}

function reconcile(cluster: Cluster, set: KubeObject): number | undefined {
  const spec = view<{ spec: StatefulSetSpec }>(set).spec;
  const update = ensureRevision(cluster, set, spec.template, manager);
  const current = String(set.status?.currentRevision ?? update);
  step(cluster, set, spec, current, update);
  return writeStatus(cluster, set, spec, current, update);
}

/** Does what may be done now: create, remove, or replace. In order, one pod at a time, unless the set is Parallel. */
function step(cluster: Cluster, set: KubeObject, spec: StatefulSetSpec, current: string, update: string): void {
  const parallel = spec.podManagementPolicy === 'Parallel';
  const replicas = spec.replicas ?? 1;
  const members = membersOf(cluster, set);
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const member = members.find((candidate) => candidate.ordinal === ordinal);
    if (member === undefined) {
      createMember(cluster, set, spec, ordinal, ordinal < partition ? current : update);
    } else if (hasEnded(member.pod)) {
      cluster.delete(member.object);
    }
    if (!parallel && (member === undefined || !isHealthy(member.pod))) {
      return;
    }
  }
  const condemned = members.filter((member) => member.ordinal >= replicas).sort((a, b) => b.ordinal - a.ordinal);
  for (const member of condemned) {
    removeMember(cluster, set, member);
    if (!parallel) {
      return;
    }
  }
  // Read anew: a pod that was created just now is one that is not ready.
  const kept = membersOf(cluster, set).filter((member) => member.ordinal < replicas);
  if (spec.updateStrategy?.type !== 'OnDelete' && kept.length === replicas) {
    replaceOutdated(cluster, set, kept, partition, update);
  }
}

/** From the highest ordinal down to the partition: the next pod only when those above are replaced and ready. */
function replaceOutdated(
  cluster: Cluster,
  set: KubeObject,
  members: Member[],
  partition: number,
  update: string,
): void {
  for (const member of members.sort((a, b) => b.ordinal - a.ordinal)) {
    if (member.ordinal < partition) {
      return;
    }
    if (revisionOf(member.pod) !== update && !isLeaving(member.pod)) {
      removeMember(cluster, set, member);
      return;
    }
    if (!isHealthy(member.pod)) {
      return;
    }
  }
}

function createMember(
  cluster: Cluster,
  set: KubeObject,
  spec: StatefulSetSpec,
  ordinal: number,
  revision: string,
): void {
  const name = `${set.metadata.name}-${ordinal}`;
  const template: PodTemplate = templateOf(cluster, set, revision) ?? spec.template;
  ensureClaims(cluster, set, spec, name, manager);
  createPod(
    cluster,
    set,
    withClaims(template, spec, name),
    {
      name,
      labels: {
        [revisionLabel]: revision,
        'statefulset.kubernetes.io/pod-name': name,
        'apps.kubernetes.io/pod-index': String(ordinal),
      },
      hostname: name,
      ...(spec.serviceName === undefined ? {} : { subdomain: spec.serviceName }),
    },
    manager,
  );
}

function removeMember(cluster: Cluster, set: KubeObject, member: Member): void {
  if (!isLeaving(member.pod)) {
    cluster.delete(member.object);
    const message = `delete Pod ${member.pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
    cluster.report(set, { type: 'Normal', reason: 'SuccessfulDelete', message }, manager);
  }
}

function membersOf(cluster: Cluster, set: KubeObject): Member[] {
  return podsOf(cluster, set).map(({ object, pod }) => ({
    object,
    pod,
    ordinal: Number(pod.metadata.name.slice(set.metadata.name.length + 1)),
  }));
}

function isHealthy(pod: Pod): boolean {
  return pod.status.phase === 'Running' && isReady(pod) && !isLeaving(pod);
}

function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[revisionLabel];
}

function writeStatus(
  cluster: Cluster,
  set: KubeObject,
  spec: StatefulSetSpec,
  current: string,
  update: string,
): number | undefined {
  const replicas = spec.replicas ?? 1;
  const pods = membersOf(cluster, set).map((member) => member.pod);
  const staying = pods.filter((pod) => !isLeaving(pod));
  const ready = staying.filter(isHealthy).length;
  const updated = staying.filter((pod) => revisionOf(pod) === update).length;
  const waits = staying.map((pod) => untilAvailable(pod, spec.minReadySeconds ?? 0, cluster.clock.now()));
  const complete = updated === replicas && ready === replicas && pods.length === replicas;
  const settled = complete ? update : current;
  cluster.setStatus(
    set,
    {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      readyReplicas: counter(ready),
      availableReplicas: waits.filter((wait) => wait === 0).length,
      currentReplicas: counter(staying.filter((pod) => revisionOf(pod) === settled).length),
      updatedReplicas: counter(updated),
      currentRevision: settled,
      updateRevision: update,
      collisionCount: 0,
    },
    manager,
  );
  return waits.reduce(
    (soonest, wait) => (wait === undefined || wait === 0 ? soonest : sooner(soonest, wait)),
    undefined,
  );
}
