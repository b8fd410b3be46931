import type { GitHub } from '../github/server.ts';
import type { ConcurrencyGroups } from './concurrency.ts';
import type { Emit } from './events.ts';
import type { Workflow } from './model.ts';
import type { RunOptions } from './options.ts';
import type { ProcessGroups } from './process-groups.ts';
import type { JobResult, Review } from './result.ts';
import type { Sources } from './sources.ts';
import type { ArtifactStore } from './substitutes/artifact-store.ts';
import type { TriggerFacts } from './trigger.ts';

/** What all jobs of a run share. */
export interface RunState {
  readonly options: RunOptions;
  readonly workflow: Workflow;
  readonly trigger: TriggerFacts;
  readonly runId: number;
  readonly attempt: number;
  readonly github: GitHub;
  readonly sources: Sources;
  readonly groups: ConcurrencyGroups;
  readonly processes: ProcessGroups;
  readonly artifacts: ArtifactStore;
  readonly emit: Emit;
  /** Aborted when everything must stop at once. */
  readonly force: AbortSignal;
  /** Id paths of the jobs to run; undefined means all. */
  readonly selected: ReadonlySet<string> | undefined;
  /** Filled as jobs end. */
  readonly jobs: JobResult[];
  readonly reviews: Review[];
  /** The question that was asked last: the next one waits for it. */
  readonly questions: { last: Promise<void> };
  /** Sentences for the report: why the run did not succeed. */
  readonly reasons: string[];
}

/**
 * A controller that follows `parent` from now on. What starts after the parent was cancelled (a job with `always()`) is
 * not cancelled by it.
 */
export function follow(parent: AbortSignal): AbortController {
  const controller = new AbortController();
  if (!parent.aborted)
    parent.addEventListener('abort', () => controller.abort(), { once: true, signal: controller.signal });
  return controller;
}
