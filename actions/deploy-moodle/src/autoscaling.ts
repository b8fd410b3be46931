/** How the number of pods passes between us and an autoscaler. Pure. */
import type { Comparison, Pair } from '#toolkit/kube/comparison';
import type { KubeObject } from '#toolkit/kube/kube';
import type { FieldConflict } from '#toolkit/kube/kube-error';

/** Under this name the present number of pods is kept until the autoscaler writes its own. */
export const HANDOVER_MANAGER = 'moodle-high-scale-handover';

const isAutoscaler = ({ kind }: KubeObject): boolean => kind === 'ScaledObject' || kind === 'HorizontalPodAutoscaler';

interface ScaledObjectSpec {
  scaleTargetRef: { name: string };
  minReplicaCount?: number;
}

/** The least number of pods that an autoscaler among the objects gives to a Deployment; 0 when none does. */
export function leastReplicas(objects: readonly KubeObject[], deployment: string): number {
  const specs = objects.filter(({ kind }) => kind === 'ScaledObject').map(({ spec }) => spec as ScaledObjectSpec);
  return specs.find(({ scaleTargetRef }) => scaleTargetRef.name === deployment)?.minReplicaCount ?? 0;
}

const replicasOf = (object: KubeObject | undefined): number | undefined =>
  (object?.spec as { replicas?: number } | undefined)?.replicas;

/**
 * Deployments that no longer say their number of pods. A server-side apply without a field that was ours takes it away, and
 * Kubernetes would then run one pod; so the number must be somebody else's first.
 *
 * @returns the comparison in which the number stays as it is, and what to apply under the other name
 */
export function handOver(comparison: Comparison): { comparison: Comparison; handovers: KubeObject[] } {
  const handovers: KubeObject[] = [];
  const pairs = comparison.pairs.map((pair): Pair => {
    const { rendered, live, wanted } = pair;
    const now = replicasOf(live);
    const passes = rendered.kind === 'Deployment' && replicasOf(rendered) === undefined && now !== undefined;
    if (!passes || wanted === undefined || replicasOf(wanted) === now) return pair;
    const { apiVersion, kind, metadata } = rendered;
    handovers.push({ apiVersion, kind, metadata: { name: metadata.name }, spec: { replicas: now } });
    return { ...pair, wanted: { ...wanted, spec: { ...(wanted.spec as object), replicas: now } } };
  });
  return { comparison: { ...comparison, pairs }, handovers };
}

/** Whether a conflict is only that the number of pods was an autoscaler's, which is ours and is going. */
export function wasAutoscaled(object: KubeObject, { field }: FieldConflict, leftOver: readonly KubeObject[]): boolean {
  return object.kind === 'Deployment' && field === '.spec.replicas' && leftOver.some(isAutoscaler);
}

/** Autoscalers first: one that is still there would change what is applied next. */
export function splitPrune(prune: readonly KubeObject[]): { first: KubeObject[]; last: KubeObject[] } {
  return {
    first: prune.filter(isAutoscaler),
    last: prune.filter((object) => !isAutoscaler(object)),
  };
}
