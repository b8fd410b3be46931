/** Follows a Job to its end through lost connections: the Job is the truth, the log only a view of it. */
import { TimedOut, UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import type { Log } from '#toolkit/log';
import { type Clock, formatElapsed } from '#toolkit/process/clock';
import { withProgress } from '#toolkit/process/progress';
import { CONTAINER, type JobProgress, jobProgress } from './job.ts';
import { waitForPod } from './pod-start.ts';

/** What the wait needs from outside, and its bound. */
export interface JobWait {
  kube: Kube;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  timeoutMilliseconds: number;
}

/** How a Job ended, and what it printed; undefined when its log was gone. */
export interface JobEnd {
  progress: Exclude<JobProgress, 'active'>;
  log: string[] | undefined;
}

/** How long to wait for a Job that has printed all to be marked as ended, and before a lost stream is taken up again. */
const PAUSE_MILLISECONDS = 500;

/**
 * Shows the log as it comes until the Job has ended.
 *
 * @throws UserError when its pod does not start or the Job is gone; TimedOut when it takes too long (the Job goes on)
 */
export async function followJob(name: string, options: JobWait): Promise<JobEnd> {
  const { kube, log, clock, signal } = options;
  const started = clock.now();
  const elapsed = (): number => clock.now() - started;
  const lines: string[] = [];
  await waitForPod(name, options);

  /** Takes a log from its beginning: only what was not there before is new. */
  const reader = (): ((line: string) => void) => {
    let read = 0;
    return (line) => {
      read += 1;
      if (read <= lines.length) return;
      lines.push(line);
      log.info(line);
    };
  };
  const follow = async (until: AbortSignal): Promise<void> => {
    try {
      await kube.followLogs(`job/${name}`, reader(), { container: CONTAINER, signal: until });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      log.info(`The log stream was lost (${error.message}); attaching again.`);
    }
  };
  for (let streams = 0; ; streams += 1) {
    const job = await look(name, kube);
    const progress = job === 'unreachable' ? 'active' : jobProgress(job);
    if (progress !== 'active') return { progress, log: await wholeLog(name, kube, lines, reader()) };
    if (streams > 0) await clock.sleep(PAUSE_MILLISECONDS, signal);
    const left = options.timeoutMilliseconds - elapsed();
    if (left <= 0) throw tooLong(name, elapsed());
    const stop = new AbortController();
    const limit = clock.sleep(left, AbortSignal.any([signal, stop.signal])).then(() => {
      throw tooLong(name, elapsed());
    });
    const following = follow(stop.signal);
    try {
      await withProgress({ what: `Job/${name} is at work`, clock, log }, () => Promise.race([following, limit]));
    } finally {
      // Whichever was not awaited ends too: no kubectl is left behind.
      stop.abort();
      await Promise.allSettled([following, limit]);
    }
  }
}

/** The Job; an API server that is away for a while is not the Job's end. */
async function look(name: string, kube: Kube): Promise<KubeObject | 'unreachable'> {
  try {
    const job = await kube.get({ kind: 'job', name });
    if (job === undefined) throw new UserError(`Job/${name} was deleted by somebody else while it ran; run again.`);
    return job;
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'unreachable') return 'unreachable';
    throw error;
  }
}

/** What was streamed, and what came after the stream broke off. */
async function wholeLog(
  name: string,
  kube: Kube,
  lines: string[],
  take: (line: string) => void,
): Promise<string[] | undefined> {
  try {
    const text = await kube.logs(`job/${name}`, { container: CONTAINER });
    for (const line of text.replace(/\n$/, '').split('\n')) take(line);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
  }
  return lines.length === 0 ? undefined : lines;
}

function tooLong(name: string, milliseconds: number): TimedOut {
  return new TimedOut(
    `Job/${name} has not ended within ${formatElapsed(milliseconds)}. It goes on by itself; run again to attach to it.`,
  );
}
