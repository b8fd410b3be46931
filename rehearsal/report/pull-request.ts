/** What a pull request shows: the plans of all environments, counted, and the comment. Pure. */
import type { RunResult } from '../runner/result.ts';

/** Changes of the Terraform resources of one environment, by what would be done: in an empty world, all are to be created. */
export interface ResourceChanges {
  environment: string;
  infra: Record<string, number>;
  frontend: Record<string, number>;
}

export interface PullRequest {
  result: RunResult['result'];
  seconds: number;
  resources: ResourceChanges[];
  /** As Markdown; absent when the run failed before it. */
  comment?: string;
}

/** Steps of a reconciler, counted by action. */
function count(steps: string | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of JSON.parse(steps ?? '[]') as { action: string }[])
    counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

/** Reads a run of the workflow for pull requests: its jobs are `… / ENVIRONMENT / plan`, whose steps have the phases' names. */
export function pullRequestOf(run: RunResult): PullRequest {
  const resources = run.jobs.flatMap((job): ResourceChanges[] => {
    const [, environment] = /([^/ ]+) \/ plan$/.exec(job.name) ?? [];
    if (environment === undefined || job.status === 'skipped') return [];
    const stepsOf = (id: string) => job.steps.find((step) => step.id === id)?.outputs.steps;
    return [{ environment, infra: count(stepsOf('infra')), frontend: count(stepsOf('frontend')) }];
  });
  // Jobs of a matrix are listed as they ended.
  resources.sort((one, other) => one.environment.localeCompare(other.environment));
  const comment = run.comments.at(-1)?.body;
  return {
    result: run.result,
    seconds: Math.round(run.seconds * 10) / 10,
    resources,
    ...(comment === undefined ? {} : { comment }),
  };
}

const total = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, one) => sum + one, 0);

/** `85 to create, 1 to update`. */
export function inWords(...counts: readonly Record<string, number>[]): string {
  const sums: Record<string, number> = {};
  for (const one of counts)
    for (const [action, number] of Object.entries(one)) sums[action] = (sums[action] ?? 0) + number;
  return total(sums) === 0
    ? 'none'
    : Object.entries(sums)
        .map(([action, number]) => `${number} to ${action}`)
        .join(', ');
}
