/**
 * The Job controller: pods until enough have succeeded or too many have failed. Conditions and reasons are those of
 * pkg/controller/job in kubernetes/kubernetes. Retries wait 1, 2, 4 ... at most 10 seconds, not 10 seconds to 6
 * minutes, so that a failing Job is told within a rehearsal. ttlSecondsAfterFinished is not acted on.
 */
import type { KubeObject } from '../../ports.ts';
import { timestamp } from '../clock.ts';
import type { Cluster } from '../cluster.ts';
import { type Condition, conditionOf, hasEnded, isLeaving, isReady, type JobSpec, type Pod, view } from '../objects.ts';
import { sooner } from './control-loop.ts';
import { judgeFailure } from './pod-failure-policy.ts';
import { counter, createPod, nameSuffix, podsOf } from './pod-template.ts';

const manager = 'job-controller';
const refused = ['successPolicy', 'backoffLimitPerIndex', 'maxFailedIndexes', 'managedBy'];
const refusedValues: Record<string, string> = { completionMode: 'Indexed' };

/** What is known of a Job's pods. */
export interface Tally {
  active: number;
  succeeded: number;
  failed: number;
  /** Restarts of containers of the active pods: with restartPolicy OnFailure they count against backoffLimit. */
  restarts: number;
  /** When the Job's latest pod failed. */
  lastFailure?: Date;
  /** Set when podFailurePolicy lets a pod's failure end the Job. */
  fatal?: string;
}

/** What is to be done for a Job now. */
export type Decision =
  | { kind: 'complete' }
  | { kind: 'fail'; reason: string; message: string }
  | { kind: 'create'; pods: number }
  | { kind: 'wait'; milliseconds?: number };

/** Decides by the tally alone. */
export function decide(spec: JobSpec, tally: Tally, started: Date, now: Date): Decision {
  const limit = spec.backoffLimit ?? 6;
  const completions = spec.completions ?? 1;
  if (tally.succeeded >= completions) {
    return { kind: 'complete' };
  }
  if (tally.fatal !== undefined) {
    return { kind: 'fail', reason: 'PodFailurePolicy', message: tally.fatal };
  }
  const failures = tally.failed + (spec.template.spec.restartPolicy === 'OnFailure' ? tally.restarts : 0);
  if (failures > limit) {
    return { kind: 'fail', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  const deadline = spec.activeDeadlineSeconds;
  const left = deadline === undefined ? undefined : deadline * 1000 - (now.getTime() - started.getTime());
  if (left !== undefined && left <= 0) {
    return { kind: 'fail', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  const wanted = Math.min(spec.parallelism ?? 1, completions - tally.succeeded) - tally.active;
  const pause = tally.failed === 0 ? 0 : Math.min(1000 * 2 ** (tally.failed - 1), 10_000);
  const rest = pause - (now.getTime() - (tally.lastFailure ?? new Date(0)).getTime());
  if (wanted > 0 && rest <= 0) {
    return { kind: 'create', pods: wanted };
  }
  const soonest = sooner(left, wanted > 0 ? rest : undefined);
  return soonest === undefined ? { kind: 'wait' } : { kind: 'wait', milliseconds: soonest };
}

/** Reconciles every Job. */
export function reconcileJobs(cluster: Cluster): number | undefined {
  let again: number | undefined;
  for (const job of cluster.list('Job')) {
    const finished = (job.status?.conditions ?? []) as unknown as Condition[];
    const ended = ['Complete', 'Failed'].some((type) => conditionOf(finished, type)?.status === 'True');
    if (job.metadata.deletionTimestamp === undefined && !ended) {
      again = sooner(again, reconcile(cluster, job));
    }
  }
  return again;
}

function reconcile(cluster: Cluster, job: KubeObject): number | undefined {
  const spec = view<{ spec: JobSpec }>(job).spec;
  if (spec.selector === undefined) {
    cluster.change(job, addSelector, manager);
    return undefined;
  }
  const unknown =
    refused.find((field) => job.spec?.[field] !== undefined) ??
    Object.keys(refusedValues).find((field) => job.spec?.[field] === refusedValues[field]);
  if (unknown !== undefined) {
    finish(cluster, job, 'Failed', 'Unsupported', `The rehearsal does not implement spec.${unknown} of a Job.`);
    return undefined;
  }
  const now = cluster.clock.now();
  const started = new Date(String(job.status?.startTime ?? timestamp(now)));
  if (spec.suspend === true) {
    endActive(cluster, job);
    return undefined;
  }
  const decision = decide(spec, tallyOf(cluster, job), started, now);
  if (decision.kind === 'complete') {
    finish(cluster, job, 'Complete', 'CompletionsReached', 'Reached expected number of succeeded pods');
  } else if (decision.kind === 'fail') {
    finish(cluster, job, 'Failed', decision.reason, decision.message);
  } else if (decision.kind === 'create') {
    for (let pod = 0; pod < decision.pods; pod += 1) {
      createPod(cluster, job, spec.template, { name: `${job.metadata.name}-${nameSuffix()}` }, manager);
    }
  }
  writeCounts(cluster, job, { startTime: timestamp(started) });
  return decision.kind === 'wait' ? decision.milliseconds : undefined;
}

/** A real API server makes the selector when it stores the Job; here it follows at once. */
function addSelector(draft: KubeObject): void {
  const { uid, name } = draft.metadata;
  const spec = view<{ spec: JobSpec }>(draft).spec;
  spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  spec.template.metadata = {
    ...spec.template.metadata,
    labels: {
      ...spec.template.metadata?.labels,
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    },
  };
}

function tallyOf(cluster: Cluster, job: KubeObject): Tally {
  const pods = podsOf(cluster, job).map(({ pod }) => pod);
  const { podFailurePolicy, podReplacementPolicy } = view<{ spec: JobSpec }>(job).spec;
  const judged = pods
    .filter((pod) => pod.status.phase === 'Failed')
    .map((pod) => ({ end: endOf(pod), verdict: judgeFailure(podFailurePolicy, pod) }));
  const failures = judged.filter(({ verdict }) => verdict.kind !== 'ignored').map(({ end }) => end);
  const last = failures.length === 0 ? undefined : new Date(Math.max(...failures));
  const fatal = judged.map(({ verdict }) => verdict).find((verdict) => verdict.kind === 'fatal');
  // A pod that is being deleted is replaced at once, unless the Job waits until it has ended.
  const isReplaced = (pod: Pod): boolean => isLeaving(pod) && podReplacementPolicy !== 'Failed';
  return {
    active: pods.filter((pod) => !hasEnded(pod) && !isReplaced(pod)).length,
    succeeded: Math.max(
      pods.filter((pod) => pod.status.phase === 'Succeeded').length,
      Number(job.status?.succeeded ?? 0),
    ),
    failed: Math.max(failures.length, Number(job.status?.failed ?? 0)),
    restarts: pods.filter((pod) => !hasEnded(pod)).reduce((sum, pod) => sum + restartsOf(pod), 0),
    ...(last === undefined ? {} : { lastFailure: last }),
    ...(fatal === undefined ? {} : { fatal: fatal.message }),
  };
}

function restartsOf(pod: Pod): number {
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  return statuses.reduce((sum, status) => sum + status.restartCount, 0);
}

function endOf(pod: Pod): number {
  const times = (pod.status.containerStatuses ?? []).map((status) =>
    Date.parse(status.state.terminated?.finishedAt ?? ''),
  );
  return Math.max(Date.parse(pod.metadata.creationTimestamp), ...times.filter((time) => !Number.isNaN(time)));
}

function endActive(cluster: Cluster, job: KubeObject): void {
  for (const { object, pod } of podsOf(cluster, job)) {
    if (!hasEnded(pod)) {
      cluster.delete(object);
    }
  }
}

function finish(cluster: Cluster, job: KubeObject, type: 'Complete' | 'Failed', reason: string, message: string): void {
  const time = timestamp(cluster.clock.now());
  const condition = (name: string): Condition => ({
    type: name,
    status: 'True',
    reason,
    message,
    lastProbeTime: time,
    lastTransitionTime: time,
  });
  writeCounts(cluster, job, {
    conditions: [condition(type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'), condition(type)],
    ...(type === 'Complete' ? { completionTime: time } : {}),
  });
  endActive(cluster, job);
  const event = { type: type === 'Complete' ? ('Normal' as const) : ('Warning' as const), message };
  cluster.report(job, { ...event, reason: type === 'Complete' ? 'Completed' : reason }, manager);
  writeCounts(cluster, job, {});
}

function writeCounts(cluster: Cluster, job: KubeObject, more: object): void {
  const tally = tallyOf(cluster, job);
  const pods = podsOf(cluster, job).map(({ pod }) => pod);
  const status = {
    active: counter(tally.active),
    succeeded: counter(tally.succeeded),
    failed: counter(tally.failed),
    ready: pods.filter((pod) => isReady(pod) && !isLeaving(pod)).length,
    terminating: pods.filter((pod) => isLeaving(pod) && !hasEnded(pod)).length,
    uncountedTerminatedPods: {},
  };
  cluster.setStatus(job, { ...status, ...more }, manager);
}
