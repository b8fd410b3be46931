/** Waits until a workload runs what was applied, or says why it does not. */
import { TimedOut, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Clock, formatElapsed } from '../process/clock.ts';
import type { Kube, KubeObject } from './kube.ts';
import { describeTrouble, isReady, podTroubles, type Trouble } from './pod-troubles.ts';
import { type RolloutStatus, rolloutStatus } from './rollout-status.ts';

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

/** How often pods are looked at and progress is told. The workload itself is watched, so that the end is seen at once. */
const LOOK_EVERY_MILLISECONDS = 5000;

/** The first look comes sooner: most that is wrong is wrong at once. */
const FIRST_LOOK_MILLISECONDS = 1000;

/** A controller that is refused its pods tries again; a refusal that lasts so long is the answer. */
const REFUSAL_PATIENCE_MILLISECONDS = 20_000;

/** Log lines shown of a container that keeps ending. */
const LOG_TAIL = 15;

/**
 * Waits for the rollout, with a progress line every five seconds.
 *
 * @throws UserError with the cause, as soon as there is one that will not pass; TimedOut with what was seen last
 */
export async function waitForRollout(workload: Workload, options: RolloutOptions): Promise<void> {
  const { kube, log, clock, signal } = options;
  const target = `${workload.kind}/${workload.name}`;
  const started = clock.now();
  const firstSeen = new Map<string, number>();
  const stop = new AbortController();
  let latest: KubeObject | undefined;
  let status: RolloutStatus = { done: false, seen: 'it does not exist yet' };

  const watching = kube.watch(
    workload,
    ({ type, object }) => {
      latest = type === 'DELETED' ? undefined : object;
      status = latest === undefined ? { done: false, seen: 'it was deleted' } : rolloutStatus(latest);
      return status.done;
    },
    stop.signal,
  );
  const looking = async (): Promise<void> => {
    for (let pause = FIRST_LOOK_MILLISECONDS; ; pause = LOOK_EVERY_MILLISECONDS) {
      await clock.sleep(pause, AbortSignal.any([signal, stop.signal]));
      // A watch can fall silent without ending; what is there counts all the same.
      const fresh = await kube.get(workload);
      if (fresh !== undefined) {
        latest = fresh;
        status = rolloutStatus(fresh);
        if (status.done) return;
      }
      const pods = latest === undefined ? [] : await newPods(kube, latest);
      const troubles = pods.flatMap(podTroubles);
      const now = clock.now();
      const lasting = troubles.filter((trouble) => lasts(firstSeen, key(trouble), trouble.patience, now));
      const hint = troubles[0] === undefined ? await lastWarning(kube, pods) : describeTrouble(troubles[0]);
      const refused = status.failure;
      const givenUp =
        refused !== undefined &&
        (refused.givenUp || lasts(firstSeen, refused.reason, REFUSAL_PATIENCE_MILLISECONDS, now));
      if (lasting[0] !== undefined)
        throw new UserError(`${target} does not roll out: ${await explain(kube, lasting[0])}`);
      if (givenUp) throw new UserError(`${target} does not roll out: ${refused.reason}: ${hint ?? refused.message}`);
      const seen = hint === undefined ? status.seen : `${status.seen}; ${hint}`;
      const elapsed = now - started;
      if (elapsed >= options.timeoutMilliseconds) {
        throw new TimedOut(`${target} did not roll out within ${formatElapsed(elapsed)}: ${seen}.`);
      }
      log.info(`${target}: ${seen} (${formatElapsed(elapsed)})`);
    }
  };
  try {
    await Promise.race([watching, looking()]);
    log.info(`${target}: ${status.seen} (${formatElapsed(clock.now() - started)})`);
  } finally {
    stop.abort();
    await Promise.allSettled([watching]);
  }
}

/** Pods of the revision that is being rolled out; troubles of older ones are what is being mended. */
async function newPods(kube: Kube, workload: KubeObject): Promise<KubeObject[]> {
  const labels = (workload.spec as { selector?: { matchLabels?: Record<string, string> } }).selector?.matchLabels ?? {};
  const revision = await revisionLabel(kube, workload, labels);
  return revision === undefined ? [] : kube.list({ kind: 'pods', labels: { ...labels, ...revision } });
}

/** The label that tells the newest revision's pods: of a Deployment, through its ReplicaSet of the same revision number. */
async function revisionLabel(
  kube: Kube,
  workload: KubeObject,
  labels: Record<string, string>,
): Promise<Record<string, string> | undefined> {
  if (workload.kind === 'StatefulSet') {
    const revision = (workload.status as { updateRevision?: string } | undefined)?.updateRevision;
    return revision === undefined ? undefined : { 'controller-revision-hash': revision };
  }
  const number = workload.metadata.annotations?.['deployment.kubernetes.io/revision'];
  const sets = await kube.list({ kind: 'replicasets', labels });
  const newest = sets.find(
    ({ metadata }) =>
      metadata.annotations?.['deployment.kubernetes.io/revision'] === number &&
      metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid),
  );
  const hash = newest?.metadata.labels?.['pod-template-hash'];
  return number === undefined || hash === undefined ? undefined : { 'pod-template-hash': hash };
}

/** Remembers when something was first seen, and says whether it has lasted longer than it may. */
function lasts(firstSeen: Map<string, number>, what: string, patience: number, now: number): boolean {
  const since = firstSeen.get(what) ?? now;
  firstSeen.set(what, since);
  return now - since >= patience;
}

function key(trouble: Trouble): string {
  return `${trouble.pod}/${trouble.container ?? ''}/${trouble.reason}`;
}

/** The newest warning about the first pod that is not ready: a failing probe, a volume that does not mount. */
async function lastWarning(kube: Kube, pods: readonly KubeObject[]): Promise<string | undefined> {
  const pod = pods.find((candidate) => !isReady(candidate));
  if (pod === undefined) return undefined;
  const events = await kube.events({ kind: 'Pod', name: pod.metadata.name });
  const warning = events.filter(({ type }) => type === 'Warning').at(-1);
  return warning === undefined ? undefined : `pod ${pod.metadata.name}: ${warning.reason} (${warning.message.trim()})`;
}

/** A trouble with the last lines of the log, when the container ran. */
async function explain(kube: Kube, trouble: Trouble): Promise<string> {
  const described = describeTrouble(trouble);
  if (!trouble.hasLog || trouble.container === undefined) return `${described}.`;
  const how = { container: trouble.container, tail: LOG_TAIL, previous: true };
  const lines = await kube.logs(trouble.pod, how).catch(() => '');
  return lines.trim() === ''
    ? `${described}; it logged nothing.`
    : `${described}. Its last log lines:\n${lines.trimEnd()}`;
}
