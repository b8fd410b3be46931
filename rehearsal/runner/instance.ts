import type { Conclusion } from './events.ts';
import type { Job, Workflow } from './model.ts';
import type { Permissions } from './permissions.ts';
import type { Values } from './values.ts';

/** How a job ended and what it hands to the jobs that need it. */
export interface Outcome {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
  /** It ran in this attempt, so that what needs it must run too when failed jobs are run again. */
  readonly ran?: boolean;
}

/** A workflow that runs: the top one, or one that was called. */
export interface Instance {
  readonly workflow: Workflow;
  readonly inputs: Values;
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether an environment's secrets reach the jobs: in the top workflow, and with `secrets: inherit`. */
  readonly inheritsSecrets: boolean;
  readonly granted: Permissions;
  /** Ids and names of the calling jobs. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** Id paths of the jobs that the calling jobs need. */
  readonly needs: readonly string[];
  /** Whether jobs that succeeded in an earlier attempt are kept. */
  readonly keeps: boolean;
  /** Concurrency groups that a caller holds. */
  readonly held: readonly string[];
  readonly signal: AbortSignal;
}

/** One job of an instance, or one leg of its matrix. */
export interface Leg {
  readonly instance: Instance;
  readonly job: Job;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** github, inputs, vars, needs, strategy and matrix. */
  readonly contexts: Values;
  readonly permissions: Permissions;
  /** Whether it is kept when it succeeded in an earlier attempt. */
  readonly keeps: boolean;
  /** When it began to wait for its group, epoch milliseconds. */
  readonly askedAt: number;
  readonly held: readonly string[];
  readonly signal: AbortSignal;
}

/** The result of several: failed if any failed, cancelled if any was, skipped if none ran. */
export function combine(results: readonly Conclusion[]): Conclusion {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}

/** The id paths of what a job waits for: its own `needs`, or in a called workflow those of the caller. */
export function needsOf(instance: Instance, job: Job): readonly string[] {
  return job.needs.length === 0 ? instance.needs : job.needs.map((need) => [...instance.ids, need].join('/'));
}

/** The ids of all jobs that a job needs, directly or not. */
export function ancestorsOf(workflow: Workflow, job: Job): string[] {
  const found = new Set<string>();
  const visit = (needs: readonly string[]): void => {
    for (const need of needs) {
      if (found.has(need)) continue;
      found.add(need);
      visit(workflow.jobs.get(need)?.needs ?? []);
    }
  };
  visit(job.needs);
  return [...found];
}
