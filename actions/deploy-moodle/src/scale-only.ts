/** Changing the number of pods and nothing else. Pure. */
import type { Comparison } from '#toolkit/kube/comparison';
import type { KubeObject } from '#toolkit/kube/kube';

/** What decides how many pods there are, and how carefully they are taken away. */
const SCALING_KINDS = new Set(['ScaledObject', 'TriggerAuthentication', 'PodDisruptionBudget']);

/** Pods that only keep room; see manifests/components/headroom. */
export const HEADROOM = 'moodle-headroom';

interface DeploymentSpec {
  replicas?: number;
  strategy?: object;
}

/**
 * The rendered objects, cut to what scaling needs. The workload itself is taken as it runs, so that no change of the
 * manifests comes along.
 *
 * @param live the workload in the cluster
 */
export function onlyScaling(rendered: readonly KubeObject[], live: KubeObject): KubeObject[] {
  return rendered.flatMap((object) => {
    const { kind, metadata } = object;
    if (SCALING_KINDS.has(kind) || metadata.name === HEADROOM) return [object];
    if (kind !== live.kind || metadata.name !== live.metadata.name) return [];
    const { replicas, strategy } = object.spec as DeploymentSpec;
    const { replicas: _, ...kept } = live.spec as DeploymentSpec;
    const spec = {
      ...kept,
      ...(strategy === undefined ? {} : { strategy }),
      ...(replicas === undefined ? {} : { replicas }),
    };
    return [{ ...object, spec }];
  });
}

/** Scaling takes nothing away but room that is no longer wanted. */
export function keepAllBut(comparison: Comparison): Comparison {
  return { ...comparison, leftOver: comparison.leftOver.filter(({ metadata }) => metadata.name === HEADROOM) };
}
