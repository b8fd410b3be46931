/** The Deployment controller: one ReplicaSet a template, moved along by `rollout.ts`, and the status kubectl reads. */
import type { KubeObject } from '../../ports.ts';
import { type Cluster, controlledBy } from '../cluster.ts';
import { type DeploymentSpec, view } from '../objects.ts';
import { sooner } from './control-loop.ts';
import { writeDeploymentStatus } from './deployment-status.ts';
import { hashOf, podsOf } from './pod-template.ts';
import { boundsOf, nextSizes, recreateSizes, type Share } from './rollout.ts';

const manager = 'deployment-controller';
const revisionKey = 'deployment.kubernetes.io/revision';

/** Reconciles every Deployment. */
export function reconcileDeployments(cluster: Cluster): number | undefined {
  let again: number | undefined;
  for (const deployment of cluster.list('Deployment')) {
    if (deployment.metadata.deletionTimestamp === undefined) {
      again = sooner(again, reconcile(cluster, deployment));
    }
  }
  return again;
}

function reconcile(cluster: Cluster, deployment: KubeObject): number | undefined {
  const spec = view<{ spec: DeploymentSpec }>(deployment).spec;
  const name = `${deployment.metadata.name}-${hashOf(spec.template)}`;
  const sets = cluster.owned('ReplicaSet', deployment);
  const existing = sets.find((set) => set.metadata.name === name);
  if (existing === undefined && spec.paused !== true) {
    createReplicaSet(cluster, deployment, spec, name, 1 + Math.max(0, ...sets.map(revisionOf)));
  } else if (existing !== undefined) {
    adoptRevision(cluster, deployment, existing, sets);
  }
  const current = cluster.get('ReplicaSet', deployment.metadata.namespace, name);
  const old = sets.filter((set) => set.metadata.name !== name).sort((a, b) => revisionOf(a) - revisionOf(b));
  if (current !== undefined && spec.paused !== true) {
    resize(cluster, deployment, spec, current, old);
  }
  forgetOld(cluster, old, spec.revisionHistoryLimit ?? 10);
  return writeDeploymentStatus(cluster, deployment, spec, current, old);
}

function createReplicaSet(
  cluster: Cluster,
  deployment: KubeObject,
  spec: DeploymentSpec,
  name: string,
  revision: number,
): void {
  const hash = { 'pod-template-hash': name.slice(deployment.metadata.name.length + 1) };
  const labels = { ...spec.template.metadata?.labels, ...hash };
  const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
  const selector = { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, ...hash } };
  cluster.create(
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name,
        namespace: deployment.metadata.namespace ?? 'default',
        labels,
        annotations: { [revisionKey]: String(revision) },
        ownerReferences: [controlledBy(deployment)],
      },
      spec: structuredClone({
        replicas: 0,
        selector,
        template,
        ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      }) as unknown as NonNullable<KubeObject['spec']>,
    },
    manager,
  );
  annotateRevision(cluster, deployment, revision);
}

/** A template that was used before comes back as the newest revision. */
function adoptRevision(cluster: Cluster, deployment: KubeObject, current: KubeObject, sets: KubeObject[]): void {
  const newest = Math.max(...sets.map(revisionOf));
  const others = sets.filter((set) => set !== current).map(revisionOf);
  const revision = others.includes(newest) ? newest + 1 : newest;
  if (revisionOf(current) !== revision) {
    cluster.change(current, (draft) => annotate(draft, revision), manager);
  }
  annotateRevision(cluster, deployment, revision);
}

function annotateRevision(cluster: Cluster, deployment: KubeObject, revision: number): void {
  if (deployment.metadata.annotations?.[revisionKey] !== String(revision)) {
    cluster.change(deployment, (draft) => annotate(draft, revision), manager);
  }
}

function annotate(draft: KubeObject, revision: number): void {
  draft.metadata.annotations = { ...draft.metadata.annotations, [revisionKey]: String(revision) };
}

function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[revisionKey] ?? 0);
}

function resize(
  cluster: Cluster,
  deployment: KubeObject,
  spec: DeploymentSpec,
  current: KubeObject,
  old: KubeObject[],
): void {
  const desired = spec.replicas ?? 1;
  const shares = old.map(shareOf);
  const oldPods = old.flatMap((set) => podsOf(cluster, set)).length;
  const next =
    spec.strategy?.type === 'Recreate'
      ? recreateSizes(desired, oldPods, shares)
      : nextSizes(desired, boundsOf(spec.strategy, desired), shareOf(current), shares);
  const all = [current, ...old];
  for (const [index, size] of [next.current, ...next.old].entries()) {
    const set = all[index];
    const before = set === undefined ? size : shareOf(set).size;
    if (set === undefined || before === size) {
      continue;
    }
    const message = `Scaled ${size > before ? 'up' : 'down'} replica set ${set.metadata.name} from ${before} to ${size}`;
    cluster.report(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message }, manager);
    cluster.change(
      set,
      (draft) => {
        draft.spec = { ...draft.spec, replicas: size };
      },
      manager,
    );
  }
}

function shareOf(set: KubeObject): Share {
  const size = Number(set.spec?.replicas ?? 0);
  return { size, available: Math.min(Number(set.status?.availableReplicas ?? 0), size) };
}

function forgetOld(cluster: Cluster, old: KubeObject[], limit: number): void {
  const empty = old.filter((set) => Number(set.spec?.replicas ?? 0) === 0 && Number(set.status?.replicas ?? 0) === 0);
  for (const set of empty.slice(0, Math.max(empty.length - limit, 0))) {
    cluster.delete(set);
  }
}
