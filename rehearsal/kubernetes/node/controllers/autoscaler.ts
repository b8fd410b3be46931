/**
 * HorizontalPodAutoscaler, without metrics: it keeps the number of pods between its bounds and never scales for load. The
 * status says so in the words that a real one uses while its metrics are missing. With a trigger of KEDA's clock among them the
 * clock alone decides, as if there were no load; at once, since `behavior` is not looked at.
 */
import type { KubeObject } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import { sooner } from './control-loop.ts';
import { podsByClock, type Trigger, timeOf, untilNextMoment } from './cron-trigger.ts';

/** The HPA controller's name among field managers: it writes through the scale subresource. */
const manager = 'kube-controller-manager';

interface Spec {
  minReplicas?: number;
  maxReplicas: number;
  scaleTargetRef: { kind: string; name: string };
}

/** A timer holds no more than 24 days; looking again costs nothing. */
const LONGEST_WAIT_MILLISECONDS = 3_600_000;

/** Reconciles every HorizontalPodAutoscaler; answers when KEDA's clock next asks for another number. */
export function reconcileAutoscalers(cluster: Cluster): number | undefined {
  const { now, standsStill } = timeOf(cluster);
  let again: number | undefined;
  for (const autoscaler of cluster.list('HorizontalPodAutoscaler')) {
    const { minReplicas = 1, maxReplicas, scaleTargetRef } = autoscaler.spec as unknown as Spec;
    const target = cluster.get(scaleTargetRef.kind, autoscaler.metadata.namespace, scaleTargetRef.name);
    if (target === undefined) {
      const message = `the HPA controller was unable to get the target's current scale: ${scaleTargetRef.kind} "${scaleTargetRef.name}" not found`;
      write(cluster, autoscaler, [condition('AbleToScale', false, 'FailedGetScale', message)], {});
      continue;
    }
    const current = Number(target.spec?.replicas ?? 0);
    const triggers = triggersOf(cluster, autoscaler);
    if (!standsStill) again = sooner(again, untilNextMoment(triggers, now));
    const asked = podsByClock(triggers, now) ?? current;
    // Scaled to none by hand, it stays so until it is scaled up by hand.
    const desired = current === 0 ? 0 : Math.min(Math.max(asked, minReplicas), maxReplicas);
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
  return again === undefined ? undefined : Math.min(again, LONGEST_WAIT_MILLISECONDS);
}

/** Of the ScaledObject that the autoscaler was made for; none without one. */
function triggersOf(cluster: Cluster, { metadata }: KubeObject): readonly Trigger[] {
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'ScaledObject');
  const scaled = owner && cluster.get('ScaledObject', metadata.namespace, owner.name);
  return (scaled?.spec as { triggers?: Trigger[] } | undefined)?.triggers ?? [];
}

function condition(type: string, holds: boolean, reason: string, message: string): object {
  return { type, status: holds ? 'True' : 'False', reason, message };
}

function write(cluster: Cluster, autoscaler: KubeObject, conditions: object[], counts: object): void {
  cluster.setStatus(autoscaler, { conditions, desiredReplicas: 0, ...counts }, manager);
}
