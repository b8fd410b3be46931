/** Applies what was planned, object by object, so that every refusal names its object. */
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Kube, KubeObject } from './kube.ts';
import { KubeError } from './kube-error.ts';
import { targetOf } from './object-name.ts';
import type { ObjectPlan } from './object-plan.ts';

/** What to do about fields that somebody else has changed. */
export interface Ownership {
  /** Take them over, instead of stopping. */
  force: boolean;
  /** What a person can do when it stops, as a sentence. */
  advice: string;
}

/** Applies in order, then deletes what is no longer wanted. Every step can be repeated. */
export async function applyObjects(
  plan: Pick<ObjectPlan, 'apply' | 'prune'>,
  { kube, log, ...ownership }: Ownership & { kube: Kube; log: Log },
): Promise<void> {
  for (const object of plan.apply) {
    await applyOne(kube, object, { ...ownership, dryRun: false });
    log.info(`applied ${targetOf(object)}`);
  }
  for (const object of plan.prune) {
    await kube.delete({ kind: object.kind, name: object.metadata.name });
    log.info(`deleted ${targetOf(object)}`);
  }
}

/**
 * Applies one object.
 *
 * @throws UserError that names the object, and for conflicts what can be done
 */
export async function applyOne(
  kube: Kube,
  object: KubeObject,
  { dryRun, force, advice }: Ownership & { dryRun: boolean },
): Promise<KubeObject> {
  try {
    return await kube.apply(object, { dryRun, force });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.conflicts.length === 0) throw new UserError(`${targetOf(object)}: ${error.message}`);
    const fields = error.conflicts.map(({ field, manager }) => `${field} was changed by "${manager}"`).join(', ');
    throw new UserError(`${targetOf(object)}: ${fields}. ${advice}`);
  }
}
