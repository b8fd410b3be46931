/** Waits until a Job's pod runs, or says why it does not. */
import { UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { describeTrouble, podTroubles, type Trouble } from '#toolkit/kube/pod-troubles';
import { waitFor } from '#toolkit/process/progress';
import { jobProgress } from './job.ts';
import type { JobWait } from './job-follow.ts';

/** A pod may wait for a new node. What takes longer than this does not come. */
const START_LIMIT_MILLISECONDS = 600_000;

/**
 * Waits for the pod.
 *
 * @throws UserError with the cause when it will not start; TimedOut with what was seen last
 */
export async function waitForPod(name: string, options: JobWait): Promise<void> {
  const { kube, clock, log, signal } = options;
  const firstSeen = new Map<string, number>();
  await waitFor<true>({
    what: `the pod of Job/${name}`,
    clock,
    log,
    signal,
    intervalMilliseconds: 500,
    timeoutMilliseconds: Math.min(START_LIMIT_MILLISECONDS, options.timeoutMilliseconds),
    look: async () => {
      const [pod] = await kube.list({ kind: 'pods', labels: { 'batch.kubernetes.io/job-name': name } });
      if (pod === undefined) {
        const job = await kube.get({ kind: 'job', name });
        if (job === undefined) throw new UserError(`Job/${name} was deleted by somebody else; run again.`);
        return jobProgress(job) === 'active' ? { seen: await warning(kube, 'Job', name) } : { done: true };
      }
      if (phaseOf(pod) !== 'Pending') return { done: true };
      const troubles = podTroubles(pod);
      const lasting = troubles.find((trouble) => lasts(firstSeen, trouble, clock.now()));
      if (lasting !== undefined) throw new UserError(`Job/${name} does not start: ${describeTrouble(lasting)}.`);
      const first = troubles[0];
      return { seen: first === undefined ? await warning(kube, 'Pod', pod.metadata.name) : describeTrouble(first) };
    },
  });
}

function phaseOf(pod: KubeObject): string {
  return (pod.status as { phase?: string } | undefined)?.phase ?? 'Pending';
}

/** Whether a trouble has lasted longer than it may. */
function lasts(firstSeen: Map<string, number>, { reason, patience }: Trouble, now: number): boolean {
  const since = firstSeen.get(reason) ?? now;
  firstSeen.set(reason, since);
  return now - since >= patience;
}

/** The newest warning: a volume that does not mount, a pod that is refused. */
async function warning(kube: Kube, kind: string, name: string): Promise<string> {
  const warnings = (await kube.events({ kind, name })).filter(({ type }) => type === 'Warning');
  const last = warnings.at(-1);
  return last === undefined ? 'it is starting' : `${last.reason} (${last.message.trim()})`;
}
