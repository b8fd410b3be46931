/**
 * HorizontalPodAutoscaler, without metrics: it keeps the number of pods between its bounds and never scales for load. The
 * status says so in the words that a real one uses while its metrics are missing.
 */
import type { KubeObject } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';

/** The HPA controller's name among field managers: it writes through the scale subresource. */
const manager = 'kube-controller-manager';

interface Spec {
  minReplicas?: number;
  maxReplicas: number;
  scaleTargetRef: { kind: string; name: string };
}

/** Reconciles every HorizontalPodAutoscaler. */
export function reconcileAutoscalers(cluster: Cluster): undefined {
  for (const autoscaler of cluster.list('HorizontalPodAutoscaler')) {
    const { minReplicas = 1, maxReplicas, scaleTargetRef } = autoscaler.spec as unknown as Spec;
    const target = cluster.get(scaleTargetRef.kind, autoscaler.metadata.namespace, scaleTargetRef.name);
    if (target === undefined) {
      const message = `the HPA controller was unable to get the target's current scale: ${scaleTargetRef.kind} "${scaleTargetRef.name}" not found`;
      write(cluster, autoscaler, [condition('AbleToScale', false, 'FailedGetScale', message)], {});
      continue;
    }
    const current = Number(target.spec?.replicas ?? 0);
    // Scaled to none by hand, it stays so until it is scaled up by hand.
    const desired = current === 0 ? 0 : Math.min(Math.max(current, minReplicas), maxReplicas);
    if (desired !== current) {
      cluster.scale(target, desired, manager);
    }
    write(
      cluster,
      autoscaler,
      [
        condition(
          'AbleToScale',
          true,
          'SucceededGetScale',
          "the HPA controller was able to get the target's current scale",
        ),
        current === 0
          ? condition(
              'ScalingActive',
              false,
              'ScalingDisabled',
              'scaling is disabled since the replica count of the target is zero',
            )
          : condition(
              'ScalingActive',
              false,
              'FailedGetResourceMetric',
              'the rehearsal has no metrics, so load changes nothing',
            ),
      ],
      { currentReplicas: current, desiredReplicas: desired },
    );
  }
}

function condition(type: string, holds: boolean, reason: string, message: string): object {
  return { type, status: holds ? 'True' : 'False', reason, message };
}

function write(cluster: Cluster, autoscaler: KubeObject, conditions: object[], counts: object): void {
  cluster.setStatus(autoscaler, { conditions, desiredReplicas: 0, ...counts }, manager);
}
