/** Waits until a pod of a Job runs, or says why it does not. */
import { TimedOut, UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import { podTroubles } from '#toolkit/kube/pod-troubles';
import { ADVICE, describeTrouble, type Trouble } from '#toolkit/kube/trouble';
import { waitFor } from '#toolkit/process/progress';
import { jobProgress } from './job.ts';
import type { JobWait } from './job-follow.ts';

/** A pod may wait for a new node. What takes longer than this does not come. */
const START_LIMIT_MILLISECONDS = 600_000;

/** A Job's pod that cannot start. It has done nothing yet. */
export class PodDoesNotStart extends UserError {}

/** A pod of a Job, and whether it has ended. */
export interface JobPod {
  name: string;
  ended: boolean;
}

/** The pods of this very Job, not of another that had its name; the newest first. */
export async function podsOf(job: KubeObject, kube: Kube): Promise<KubeObject[]> {
  const labels = { 'batch.kubernetes.io/controller-uid': job.metadata.uid ?? '' };
  const pods = await kube.list({ kind: 'pods', labels });
  return pods.sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1));
}

/**
 * Waits for a pod whose log is not known yet.
 *
 * @param known pods whose log is
 * @returns undefined when the Job has ended and there is no other
 * @throws PodDoesNotStart with the cause; TimedOut with what was seen last
 */
export async function waitForPod(
  job: KubeObject,
  known: ReadonlySet<string>,
  options: JobWait,
): Promise<JobPod | undefined> {
  const { kube, clock, log, signal } = options;
  const { name } = job.metadata;
  const firstSeen = new Map<string, number>();
  const look = async (): Promise<{ done: JobPod | undefined } | { seen: string }> => {
    const pod = (await podsOf(job, kube)).find(({ metadata }) => !known.has(metadata.name));
    if (pod === undefined) {
      const now = await kube.get({ kind: 'job', name });
      if (now === undefined || now.metadata.uid !== job.metadata.uid) throw wasDeleted(name);
      if (jobProgress(now) !== 'active') return { done: undefined };
      return { seen: await lastWarning(kube, 'Job', name) };
    }
    const phase = (pod.status as { phase?: string } | undefined)?.phase ?? 'Pending';
    if (phase !== 'Pending') return { done: { name: pod.metadata.name, ended: phase !== 'Running' } };
    const events = await kube.events({ kind: 'Pod', name: pod.metadata.name });
    const troubles = podTroubles(pod, events);
    const lasting = troubles.find((trouble) => lasts(firstSeen, trouble, clock.now()));
    if (lasting !== undefined) {
      throw new PodDoesNotStart(`Job/${name} does not start: ${describeTrouble(lasting)}. ${ADVICE[lasting.family]}`);
    }
    return { seen: troubles[0] === undefined ? 'it is starting' : describeTrouble(troubles[0]) };
  };
  try {
    return await waitFor<JobPod | undefined>({
      what: `the pod of Job/${name}`,
      clock,
      log,
      signal,
      intervalMilliseconds: 500,
      timeoutMilliseconds: Math.min(START_LIMIT_MILLISECONDS, options.timeoutMilliseconds),
      look: () => look().catch(onlyAway),
    });
  } catch (error) {
    throw error instanceof TimedOut ? new PodDoesNotStart(error.message) : error;
  }
}

/** Somebody's hand: the work is cut off, and nobody can say how far it came. */
export function wasDeleted(name: string): UserError {
  return new UserError(`Job/${name} was deleted by somebody else while it ran; run again.`);
}

/** An API server that is away for a while is no reason to give a Job up. */
function onlyAway(error: unknown): { seen: string } {
  if (error instanceof KubeError && error.reason === 'unreachable') return { seen: error.message.replace(/\.$/, '') };
  throw error;
}

/** Whether a trouble has lasted longer than it may. */
function lasts(firstSeen: Map<string, number>, { family, patience }: Trouble, now: number): boolean {
  const since = firstSeen.get(family) ?? now;
  firstSeen.set(family, since);
  return now - since >= patience;
}

/** The newest warning about a Job without a pod: that it is refused one. */
async function lastWarning(kube: Kube, kind: string, name: string): Promise<string> {
  const warnings = (await kube.events({ kind, name })).filter(({ type }) => type === 'Warning');
  const last = warnings.at(-1);
  return last === undefined ? 'it is starting' : `${last.reason} (${last.message.trim()})`;
}
