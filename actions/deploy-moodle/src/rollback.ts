/** Going back to the pods that ran before. */
import { errorMessage, TimedOut, UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import { targetOf } from '#toolkit/kube/object-name';
import { RolloutFailed, type RolloutOptions, waitForRollout } from '#toolkit/kube/rollout';
import { replicaSetsOf, revisionNumber } from '#toolkit/kube/rollout-picture';
import { imagesOf, sameImages } from './running.ts';

interface Template {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: object;
}

/** Whether a failure is one of the new pods, and not of the network or of the person who cancelled the job. */
export function isRolloutFailure(error: unknown): error is Error {
  return error instanceof RolloutFailed || error instanceof TimedOut;
}

/**
 * The revision to go back to: of those before the present one, the newest that has pods which serve, or had any: the
 * newest of all, when a rollout went so far that no old pod is left. Pure.
 */
export function lastGood(deployment: KubeObject, sets: readonly KubeObject[]): KubeObject | undefined {
  const present = revisionNumber(deployment);
  const older = sets
    .filter((set) => revisionNumber(set) < present)
    .sort((a, b) => revisionNumber(b) - revisionNumber(a));
  const serving = older.find(({ status }) => ((status as { availableReplicas?: number })?.availableReplicas ?? 0) > 0);
  return serving ?? older[0];
}

/** The Deployment as rendered, with the pods of an earlier revision. Pure. */
export function withPodsOf(rendered: KubeObject, set: KubeObject): KubeObject {
  const { metadata, spec } = (set.spec as { template: Template }).template;
  const { 'pod-template-hash': _, ...labels } = metadata?.labels ?? {};
  const template = {
    metadata: { labels, ...(metadata?.annotations === undefined ? {} : { annotations: metadata.annotations }) },
    spec,
  };
  return { ...rendered, spec: { ...(rendered.spec as object), template } };
}

/**
 * Rolls a Deployment back and waits until its pods run.
 *
 * @param failure why
 * @param least see `waitForRollout`
 * @returns the error to end with: the failure, and what became of the way back
 */
export async function rollBack(
  rendered: KubeObject,
  failure: Error,
  options: RolloutOptions & { least: number },
): Promise<Error> {
  const { kube, log } = options;
  const told = (what: string): UserError => new UserError(`${failure.message}\n${what}`);
  const target = targetOf(rendered);
  const live = await kube.get({ kind: rendered.kind, name: rendered.metadata.name });
  if (live === undefined) return failure;
  if (!sameImages(live, rendered)) return told(`${target} was changed by somebody else meanwhile, and is left alone.`);
  const set = lastGood(live, await replicaSetsOf(kube, live));
  if (set === undefined) return told(`There is no revision of ${target} before this one to go back to.`);
  const revision = `revision ${revisionNumber(set)} (${imagesOf(set).join(', ')})`;
  log.warning(`Rolling ${target} back to ${revision}.`);
  try {
    await kube.apply(withPodsOf(rendered, set));
    await waitForRollout({ kind: 'Deployment', name: rendered.metadata.name }, options, options.least);
  } catch (error) {
    if (options.signal.aborted) throw error;
    return told(`${target} could not be rolled back to ${revision} either: ${errorMessage(error)}`);
  }
  return told(`${target} was rolled back to ${revision}, which runs.`);
}
