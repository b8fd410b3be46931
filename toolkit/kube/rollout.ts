/** Waits until a workload runs what was applied, or says why it does not. */
import { TimedOut, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Clock, formatElapsed } from '../process/clock.ts';
import type { Kube, KubeObject } from './kube.ts';
import { isReady, podTroubles } from './pod-troubles.ts';
import { followRollout, type RolloutPicture } from './rollout-picture.ts';
import { type RolloutStatus, rolloutStatus } from './rollout-status.ts';
import { ADVICE, describeTrouble, type Trouble } from './trouble.ts';

/** What the wait needs from outside, and its bound. */
export interface RolloutOptions {
  kube: Kube;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  timeoutMilliseconds: number;
}

/** The workload to wait for. */
export interface Workload {
  kind: 'Deployment' | 'StatefulSet';
  name: string;
}

/** A rollout that cannot succeed, or took too long; not one whose job was cancelled. */
export class RolloutFailed extends UserError {}

/** A person who watches a log is told so often that something still happens. */
const REPORT_EVERY_MILLISECONDS = 5000;

/** Nothing is asked of the cluster meanwhile; only the clock is looked at. */
const TICK_MILLISECONDS = 1000;

/** Hundreds of pods change in the same second; they are looked at together. */
const GATHER_MILLISECONDS = 100;

/** A watch can fall silent without ending. */
const REFRESH_EVERY_MILLISECONDS = 30_000;

/** A controller that is refused its pods tries again; a refusal that lasts so long is the answer. */
const REFUSAL_PATIENCE_MILLISECONDS = 20_000;

/** Refusals that trying again does not change. */
const FIRM_REFUSAL = /exceeded quota|violates PodSecurity|is forbidden|denied the request/i;
const FIRM_REFUSAL_PATIENCE_MILLISECONDS = 3000;

/** Log lines shown of a container that keeps ending. */
const LOG_TAIL = 15;

/**
 * Waits for the rollout, with a progress line every five seconds.
 *
 * @param least the number of pods that there must be, where an autoscaler decides it; 0 for any
 * @throws RolloutFailed with the cause, as soon as there is one that will not pass; TimedOut with what was seen last
 */
export async function waitForRollout(workload: Workload, options: RolloutOptions, least = 0): Promise<void> {
  const { kube, log, clock, signal, timeoutMilliseconds } = options;
  const target = `${workload.kind}/${workload.name}`;
  const started = clock.now();
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const picture = followRollout(workload, kube, log, until);
  const lasting = new Map<string, number>();
  let reported = started;
  let refreshed = started;
  try {
    for (;;) {
      const now = clock.now();
      const elapsed = now - started;
      const { status, hint, fatal } = await judge(picture, lasting, now, least);
      if (status.done) {
        log.info(`${target}: ${status.seen} (${formatElapsed(elapsed)})`);
        return;
      }
      if (fatal !== undefined) throw await explain(kube, target, fatal);
      const seen = hint === undefined ? status.seen : `${status.seen}; ${hint}`;
      if (elapsed >= timeoutMilliseconds) {
        throw new TimedOut(`${target} did not roll out within ${formatElapsed(elapsed)}: ${seen}.`);
      }
      if (now - reported >= REPORT_EVERY_MILLISECONDS) {
        log.info(`${target}: ${seen} (${formatElapsed(elapsed)})`);
        reported = now;
      }
      if (now - refreshed >= REFRESH_EVERY_MILLISECONDS) {
        await picture.refresh();
        refreshed = now;
      }
      await Promise.race([picture.changed(), picture.failed, clock.sleep(TICK_MILLISECONDS, until)]);
      if (!isDone(picture, least)) await clock.sleep(GATHER_MILLISECONDS, until);
    }
  } finally {
    stop.abort();
  }
}

/** Why a rollout cannot succeed: a pod's trouble, or in the controller's words. */
type Fatal = Trouble | string;

/** Whether nothing is left to wait for; it is asked at every change, and so looks at the workload alone. */
function isDone(picture: RolloutPicture, least: number): boolean {
  const object = picture.workload();
  if (object === undefined || !rolloutStatus(object).done) return false;
  return ((object.spec as { replicas?: number }).replicas ?? 1) >= least;
}

/** What the picture says now. */
async function judge(
  picture: RolloutPicture,
  lasting: Map<string, number>,
  now: number,
  least: number,
): Promise<{ status: RolloutStatus; hint?: string; fatal?: Fatal }> {
  const object = picture.workload();
  if (object === undefined) return { status: { done: false, seen: 'it does not exist' } };
  const status = rolloutStatus(object);
  const wanted = (object.spec as { replicas?: number }).replicas ?? 1;
  if (status.done && wanted < least) {
    return { status: { done: false, seen: `${status.seen}; the autoscaler has not asked for its ${least} pods yet` } };
  }
  if (status.done) return { status };
  const pods = await picture.newPods();
  const troubles = pods.flatMap((pod) =>
    podTroubles(pod, picture.eventsOf(pod)).map((trouble) => ({
      ...trouble,
      // A database that reads its log again at start may be unready for long.
      patience: object.kind === 'StatefulSet' && isReadiness(trouble) ? Number.POSITIVE_INFINITY : trouble.patience,
    })),
  );
  const refusal = status.failure;
  const current = new Set([...troubles.map(key), ...(refusal === undefined ? [] : [refusal.reason])]);
  for (const gone of [...lasting.keys()].filter((known) => !current.has(known))) lasting.delete(gone);
  for (const found of current) if (!lasting.has(found)) lasting.set(found, now);
  const lasts = (what: string, patience: number): boolean => now - (lasting.get(what) ?? now) >= patience;

  const trouble = troubles.find((candidate) => lasts(key(candidate), candidate.patience));
  const first = troubles[0];
  const hint = first === undefined ? lastWarning(picture, pods) : describeTrouble(first);
  const shown = hint === undefined ? {} : { hint };
  if (trouble !== undefined) return { status, ...shown, fatal: trouble };
  if (refusal === undefined) return { status, ...shown };
  const firm = FIRM_REFUSAL.test(refusal.message);
  const patience = firm ? FIRM_REFUSAL_PATIENCE_MILLISECONDS : REFUSAL_PATIENCE_MILLISECONDS;
  if (refusal.givenUp || lasts(refusal.reason, patience)) {
    return { status, ...shown, fatal: `${refusal.reason}: ${(refusal.givenUp && hint) || refusal.message}` };
  }
  return { status, hint: hint ?? `${refusal.reason}: ${refusal.message}` };
}

function key(trouble: Trouble): string {
  return `${trouble.pod}/${trouble.container ?? ''}/${trouble.family}`;
}

function isReadiness({ family, hasLog }: Trouble): boolean {
  return family === 'probe' && !hasLog;
}

/** The newest warning about the first pod that is not ready: a failing probe, a volume that does not mount. */
function lastWarning(picture: RolloutPicture, pods: readonly KubeObject[]): string | undefined {
  const pod = pods.find((candidate) => !isReady(candidate));
  const warning = pod && picture.eventsOf(pod).findLast(({ type }) => type === 'Warning');
  return warning && `pod ${pod.metadata.name}: ${warning.reason} (${warning.message.trim()})`;
}

/** The error, with the last lines of the log when the container ran, and with what to do. */
async function explain(kube: Kube, target: string, fatal: Fatal): Promise<RolloutFailed> {
  const begin = `${target} does not roll out:`;
  if (typeof fatal === 'string') return new RolloutFailed(`${begin} ${fatal.trim().replace(/\.$/, '')}.`);
  const described = `${begin} ${describeTrouble(fatal)}. ${ADVICE[fatal.family]}`;
  if (!fatal.hasLog || fatal.container === undefined) return new RolloutFailed(described);
  const how = { container: fatal.container, tail: LOG_TAIL, previous: true };
  const lines = await kube.logs(fatal.pod, how).catch(() => '');
  const log = lines.trim() === '' ? 'It logged nothing.' : `Its last log lines:\n${lines.trimEnd()}`;
  return new RolloutFailed(`${described} ${log}`);
}
