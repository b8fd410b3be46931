/** The report of a rehearsal as data: `.rehearsal/report.json`. Pure. */
import type { JobResult, RunResult } from '../runner/result.ts';
import { type Critical, criticalPath, type RunnerTime, runnerTime } from './critical-path.ts';
import { type PullRequest, pullRequestOf } from './pull-request.ts';

/** A step that an action did or would do. */
export interface ReportStep {
  action: string;
  target: string;
  reason?: string;
}

/** One phase: one job of the pipeline. */
export interface Phase {
  name: string;
  status: 'succeeded' | 'failed' | 'skipped' | 'rejected';
  /**
   * `unchanged`, `planned` or `applied`. Where nothing is reconciled: `approved` or `rejected` at a gate with reviewers, else
   * `passed`; and `failed` or `skipped`, as the status.
   */
  outcome: string;
  seconds: number;
  /** Seconds from the start of the run. */
  startedAfter?: number;
  needs: string[];
  steps: ReportStep[];
  outputs: Record<string, string>;
  summaries: string[];
  /** Errors and warnings, as GitHub shows them on the run. */
  annotations: { level: string; message: string }[];
}

/** The whole report. */
export interface Report {
  result: 'succeeded' | 'failed' | 'rejected';
  environment: string;
  mode: string;
  seconds: number;
  /** Why it did not succeed, one sentence each. */
  reasons: string[];
  /** What was proven from outside, beside the phases. */
  checks: { check: string; passed: boolean; detail: string }[];
  phases: Phase[];
  /** How many phases were planned, when an apply had nothing to do in any; absent when there was something. */
  unchanged?: number;
  /** The phases that the run was as long as, first to last. */
  criticalPath: Critical[];
  runner: RunnerTime;
  /** What a pull request showed, before the deployment; absent when only the deployment was rehearsed. */
  pullRequest?: PullRequest;
}

/**
 * `deploy / apply / infra` as `infra`; when several jobs end alike, with what tells them apart: `production/infra`. Names and not
 * ids, because the legs of a matrix share theirs.
 */
function phaseName({ name }: JobResult, jobs: readonly JobResult[]): string {
  const parts = shortName(name, jobs).split(' / ');
  const last = parts.at(-1) ?? name;
  const alike = jobs.map((job) => shortName(job.name, jobs).split(' / ')).filter((other) => other.at(-1) === last);
  const differs = parts.findIndex((part, index) => alike.some((other) => other[index] !== part));
  return differs < 0 || differs === parts.length - 1 ? last : `${parts[differs]}/${last}`;
}

/** The only job of a called workflow goes by its caller's name: `deploy / apply / recheck / plan` as `deploy / apply / recheck`. */
function shortName(name: string, jobs: readonly JobResult[]): string {
  const caller = name.slice(0, Math.max(0, name.lastIndexOf(' / ')));
  const isAlone = caller.includes(' / ') && jobs.filter((job) => job.name.startsWith(`${caller} / `)).length === 1;
  return isAlone ? caller : name;
}

/** The outcome of a job: with several reconcilers, that of the one that did the most. */
function outcomeOf(job: JobResult): string {
  const outcomes = job.steps.map(({ outputs }) => outputs.outcome).filter((outcome) => outcome !== undefined);
  const reconciled = ['applied', 'planned', 'unchanged'].find((outcome) => outcomes.includes(outcome));
  const status = statusOf(job);
  if (job.review !== undefined) return job.review.approved ? 'approved' : 'rejected';
  return reconciled ?? (status === 'succeeded' ? 'passed' : status);
}

function statusOf(job: JobResult): Phase['status'] {
  if (job.review?.approved === false) return 'rejected';
  if (job.status === 'success') return 'succeeded';
  return job.status === 'skipped' ? 'skipped' : 'failed';
}

/** Jobs needed, by phase name; a job that calls a workflow stands for all of its jobs. */
function needsOf(job: JobResult, jobs: readonly JobResult[]): string[] {
  return job.needs.flatMap((need) =>
    jobs.filter(({ id }) => id === need || id.startsWith(`${need}/`)).map((one) => phaseName(one, jobs)),
  );
}

function phaseOf(job: JobResult, jobs: readonly JobResult[], start: number): Phase {
  return {
    name: phaseName(job, jobs),
    status: statusOf(job),
    outcome: outcomeOf(job),
    seconds: Math.round(job.seconds * 100) / 100,
    ...(job.startedAt === undefined ? {} : { startedAfter: Math.max(0, (Date.parse(job.startedAt) - start) / 1000) }),
    needs: needsOf(job, jobs),
    steps: job.steps.flatMap(({ outputs }) =>
      outputs.steps === undefined ? [] : (JSON.parse(outputs.steps) as ReportStep[]),
    ),
    outputs: { ...job.outputs },
    summaries: job.summaries.map(({ markdown }) => markdown),
    annotations: job.annotations.map(({ level, message }) => ({ level, message })),
  };
}

/** The number of phases that said `unchanged` in jobs that planned, when their gates were not asked. */
function unchangedOf(jobs: readonly JobResult[], mode: string): number | undefined {
  const outcomes = jobs.flatMap(({ steps }) => steps.flatMap(({ outputs }) => outputs.outcome ?? []));
  const gates = jobs.filter(({ name }) => name.split(' / ').at(-1) === 'gate');
  const asked = gates.length === 0 || gates.some(({ status }) => status !== 'skipped');
  if (mode !== 'apply' || asked || outcomes.length === 0) return undefined;
  return outcomes.every((outcome) => outcome === 'unchanged') ? outcomes.length : undefined;
}

/** Makes the report of a run. */
export function makeReport(
  run: RunResult,
  context: {
    environment: string;
    mode: string;
    startedAt: number;
    seconds: number;
    checks: Report['checks'];
    order: readonly string[];
    /** The run for a pull request: one before this run, or this one itself. */
    pullRequest?: RunResult;
  },
): Report {
  const rank = (name: string): number =>
    context.order.includes(name) ? context.order.indexOf(name) : context.order.length;
  const phases = run.jobs
    .map((job) => phaseOf(job, run.jobs, context.startedAt))
    .sort((a, b) => rank(a.name) - rank(b.name));
  const failedChecks = context.checks.filter(({ passed }) => !passed).map(({ check, detail }) => `${check}: ${detail}`);
  const { pullRequest } = context;
  const previewFailed = pullRequest !== undefined && pullRequest !== run && pullRequest.result !== 'succeeded';
  const unchanged = unchangedOf(run.jobs, context.mode);
  const result = run.result === 'cancelled' || previewFailed ? 'failed' : run.result;
  return {
    result: result === 'succeeded' && failedChecks.length > 0 ? 'failed' : result,
    environment: context.environment,
    mode: context.mode,
    seconds: Math.round(context.seconds * 10) / 10,
    reasons: [
      ...(previewFailed ? pullRequest.reasons.map((reason) => `pull request: ${reason}`) : []),
      ...run.reasons,
      ...failedChecks,
    ],
    checks: context.checks,
    phases,
    ...(unchanged === undefined ? {} : { unchanged }),
    criticalPath: criticalPath(phases),
    runner: runnerTime(phases),
    ...(pullRequest === undefined ? {} : { pullRequest: pullRequestOf(pullRequest) }),
  };
}
