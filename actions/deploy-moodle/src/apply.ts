/** Applies a plan object by object, and proves that what was applied runs. */

import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { waitForRollout } from '#toolkit/kube/rollout';
import type { Log } from '#toolkit/log';
import type { Clock } from '#toolkit/process/clock';
import { applyOne, targetOf } from './observe.ts';
import type { Plan } from './plan.ts';

/** Applies in order, then deletes what is no longer wanted. Every step can be repeated. */
export async function applyPlan(plan: Plan, kube: Kube, log: Log, force: boolean): Promise<void> {
  for (const object of plan.apply) {
    await applyOne(kube, object, { dryRun: false, force });
    log.info(`applied ${targetOf(object)}`);
  }
  for (const object of plan.prune) {
    await kube.delete({ kind: object.kind, name: object.metadata.name });
    log.info(`deleted ${targetOf(object)}`);
  }
}

/** Waits until every workload of the component runs what was applied. */
export async function waitForWorkloads(
  objects: readonly KubeObject[],
  options: { kube: Kube; log: Log; clock: Clock; signal: AbortSignal; timeoutMilliseconds: number },
): Promise<void> {
  for (const { kind, metadata } of objects) {
    if (kind === 'Deployment' || kind === 'StatefulSet') await waitForRollout({ kind, name: metadata.name }, options);
  }
}
