/** Follows a Job to its end through lost connections and lost pods: the Job is the truth, the logs only a view of it. */
import { TimedOut } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import type { Log } from '#toolkit/log';
import { type Clock, formatElapsed } from '#toolkit/process/clock';
import { withProgress } from '#toolkit/process/progress';
import { CONTAINER, type JobProgress, jobProgress } from './job.ts';
import { podsOf, waitForPod, wasDeleted } from './pod-start.ts';

/** What the wait needs from outside, and its bound. */
export interface JobWait {
  kube: Kube;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  timeoutMilliseconds: number;
}

/** How a Job ended, and what its pods printed; undefined when their logs were gone. */
export interface JobEnd {
  progress: Exclude<JobProgress, 'active'>;
  log: string[] | undefined;
}

/** How long to wait before a lost stream is taken up again, or a Job that has printed all is looked at. */
const PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 5000;

/**
 * Shows the logs as they come until the Job has ended. A pod that is lost is followed by another; its log is read too.
 *
 * @throws UserError when a pod does not start or the Job is gone; TimedOut when it takes too long (the Job goes on)
 */
export async function followJob(job: KubeObject, options: JobWait): Promise<JobEnd> {
  const { kube, log, clock, signal } = options;
  const { name } = job.metadata;
  const started = clock.now();
  const logs = new PodLogs(kube, log);
  for (let pause = PAUSE_MILLISECONDS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS)) {
    const progress = await progressOf(job, kube);
    if (progress !== 'active') return { progress, log: await logs.all(job) };
    const left = started + options.timeoutMilliseconds - clock.now();
    if (left <= 0) throw tooLong(name, clock.now() - started);
    const pod = await waitForPod(job, logs.complete, { ...options, timeoutMilliseconds: left });
    if (pod === undefined) continue;
    const before = logs.lines.length;
    const stop = new AbortController();
    const limit = clock.sleep(left, AbortSignal.any([signal, stop.signal])).then(() => {
      throw tooLong(name, clock.now() - started);
    });
    const following = logs.follow(pod, stop.signal);
    try {
      await withProgress({ what: `Job/${name} is at work`, clock, log }, () => Promise.race([following, limit]));
    } finally {
      // Whichever was not awaited ends too: no kubectl is left behind.
      stop.abort();
      await Promise.allSettled([following, limit]);
    }
    if (logs.lines.length > before) pause = PAUSE_MILLISECONDS;
    await clock.sleep(pause, signal);
  }
}

/** How far the Job is; an API server that is away for a while is not the Job's end. */
async function progressOf({ metadata }: KubeObject, kube: Kube): Promise<JobProgress> {
  try {
    const now = await kube.get({ kind: 'job', name: metadata.name });
    if (now === undefined || now.metadata.uid !== metadata.uid) {
      throw wasDeleted(metadata.name);
    }
    return jobProgress(now);
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'unreachable') return 'active';
    throw error;
  }
}

/** The logs of a Job's pods, each line once however often it is read. */
class PodLogs {
  readonly lines: string[] = [];
  /** Pods whose log is whole. */
  readonly complete = new Set<string>();
  readonly #read = new Map<string, number>();
  readonly #kube: Kube;
  readonly #log: Log;

  constructor(kube: Kube, log: Log) {
    this.#kube = kube;
    this.#log = log;
  }

  /** Takes a log from its beginning: only what was not there before is new. */
  #reader(pod: string): (line: string) => void {
    let count = 0;
    return (line) => {
      count += 1;
      if (count <= (this.#read.get(pod) ?? 0)) return;
      this.#read.set(pod, count);
      this.lines.push(line);
      this.#log.info(line);
    };
  }

  async follow({ name, ended }: { name: string; ended: boolean }, until: AbortSignal): Promise<void> {
    if (ended) return this.#whole(name);
    try {
      await this.#kube.followLogs(name, this.#reader(name), { container: CONTAINER, signal: until });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      this.#log.info(`The log stream was lost (${error.message}); attaching again.`);
    }
  }

  async #whole(pod: string): Promise<void> {
    try {
      const text = await this.#kube.logs(pod, { container: CONTAINER });
      const take = this.#reader(pod);
      for (const line of text.replace(/\n$/, '').split('\n')) take(line);
      this.complete.add(pod);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      // A log that is gone will not come back; a server that is away will.
      if (error.reason !== 'unreachable') this.complete.add(pod);
    }
  }

  /** What all pods printed, with what came after a stream broke off. */
  async all(job: KubeObject): Promise<string[] | undefined> {
    for (const { metadata } of await podsOf(job, this.#kube)) {
      if (!this.complete.has(metadata.name)) await this.#whole(metadata.name);
    }
    return this.lines.length === 0 ? undefined : this.lines;
  }
}

function tooLong(name: string, milliseconds: number): TimedOut {
  return new TimedOut(
    `Job/${name} has not ended within ${formatElapsed(milliseconds)}. It goes on by itself; run again to attach to it.`,
  );
}
