/** PodDisruptionBudget status: how many pods may be evicted now. Nothing evicts pods here; the numbers are for reading. */
import type { KubeObject } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import { hasEnded, type IntOrString, isLeaving, isReady, type LabelSelector, podOf, selects } from '../objects.ts';
import { scaled } from './rollout.ts';

const manager = 'disruption-controller';

/** Reconciles every PodDisruptionBudget. */
export function reconcileDisruptionBudgets(cluster: Cluster): undefined {
  for (const budget of cluster.list('PodDisruptionBudget')) {
    const spec = budget.spec as unknown as {
      selector?: LabelSelector;
      minAvailable?: IntOrString;
      maxUnavailable?: IntOrString;
    };
    const pods = cluster
      .list('Pod', budget.metadata.namespace)
      .map(podOf)
      .filter((pod) => selects(spec.selector, pod.metadata.labels) && !hasEnded(pod));
    const expected = pods.length;
    const healthy = pods.filter((pod) => isReady(pod) && !isLeaving(pod)).length;
    const desired =
      spec.maxUnavailable === undefined
        ? scaled(spec.minAvailable ?? 0, expected, Math.ceil)
        : Math.max(expected - scaled(spec.maxUnavailable, expected, Math.ceil), 0);
    writeStatus(cluster, budget, { expected, healthy, desired });
  }
}

function writeStatus(
  cluster: Cluster,
  budget: KubeObject,
  { expected, healthy, desired }: { expected: number; healthy: number; desired: number },
): void {
  cluster.setStatus(
    budget,
    {
      observedGeneration: budget.metadata.generation,
      expectedPods: expected,
      currentHealthy: healthy,
      desiredHealthy: desired,
      disruptionsAllowed: Math.max(healthy - desired, 0),
    },
    manager,
  );
}
