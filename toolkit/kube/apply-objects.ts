/** Applies what was planned, object by object, so that every refusal names its object. */
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Kube, KubeObject } from './kube.ts';
import { type FieldConflict, KubeError, type KubeErrorReason } from './kube-error.ts';
import { kindOf, targetOf } from './object-name.ts';
import type { ObjectPlan } from './object-plan.ts';
import { explainRefusal, nameManager } from './refusal.ts';

/** What to do about fields that somebody else has changed. */
export interface Ownership {
  /** Take them over, instead of stopping. */
  force: boolean;
  /** What a person can do when it stops, as a sentence. */
  advice: string;
  /** Conflicts that are expected, because what made them is going: these are taken over without asking. */
  expected?: (object: KubeObject, conflict: FieldConflict, leftOver: readonly KubeObject[]) => boolean;
}

/** The API server did not take an object; the message names it. */
export class ObjectRefused extends UserError {
  readonly reason: KubeErrorReason;

  constructor(object: KubeObject, reason: KubeErrorReason, message: string) {
    super(`${targetOf(object)}: ${message}`);
    this.reason = reason;
  }
}

/** Applies in order, then deletes what is no longer wanted. Every step can be repeated. */
export async function applyObjects(
  plan: Pick<ObjectPlan, 'apply' | 'prune'>,
  { kube, log, ...ownership }: Ownership & { kube: Kube; log: Log },
): Promise<void> {
  for (const object of plan.apply) {
    await applyOne(kube, object, { ...ownership, dryRun: false }, plan.prune);
    log.info(`applied ${targetOf(object)}`);
  }
  for (const object of plan.prune) {
    await kube.delete({ kind: kindOf(object), name: object.metadata.name });
    log.info(`deleted ${targetOf(object)}`);
  }
}

/**
 * Applies one object.
 *
 * @param leftOver what is deleted in the same run
 * @throws ObjectRefused with what can be done
 */
export async function applyOne(
  kube: Kube,
  object: KubeObject,
  { dryRun, force, advice, expected }: Ownership & { dryRun: boolean },
  leftOver: readonly KubeObject[],
): Promise<KubeObject> {
  try {
    return await kube.apply(object, { dryRun, force });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.reason === 'unreachable') throw error;
    const { conflicts, reason } = error;
    if (conflicts.length === 0) throw new ObjectRefused(object, reason, explainRefusal(object, error.message));
    if (expected !== undefined && conflicts.every((conflict) => expected(object, conflict, leftOver))) {
      return applyOne(kube, object, { dryRun, force: true, advice }, leftOver);
    }
    const fields = conflicts.map(({ field, manager }) => `${field} was changed by ${nameManager(manager)}`).join(', ');
    throw new ObjectRefused(object, reason, `${fields}. ${advice}`);
  }
}
