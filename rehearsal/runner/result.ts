import type { Annotation, Conclusion } from './events.ts';

/** A step as it went. `outcome` is before `continue-on-error`, `conclusion` after. */
export interface StepResult {
  readonly name: string;
  readonly id?: string;
  readonly outcome: Conclusion;
  readonly conclusion: Conclusion;
  readonly seconds: number;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What a step wrote to GITHUB_STEP_SUMMARY, masked. */
export interface StepSummary {
  readonly step: string;
  readonly markdown: string;
}

/** A review of a gate. */
export interface Review {
  readonly environment: string;
  readonly reviewer: string;
  readonly approved: boolean;
}

/** A job that runs steps (not one that calls a workflow), one for each leg of a matrix. */
export interface JobResult {
  /** Ids from the top, such as `deploy/apply/infra`. */
  readonly id: string;
  /** Names from the top, such as `deploy / apply / infra`. */
  readonly name: string;
  readonly status: Conclusion;
  /** From the first step's start, without queue and review. */
  readonly seconds: number;
  readonly startedAt?: string;
  /** Seconds spent waiting for a concurrency group or a review. */
  readonly waited: number;
  /** Ids, from the top, of the jobs that it waits for. One that calls a workflow stands for all jobs below it. */
  readonly needs: readonly string[];
  readonly environment?: string;
  readonly environmentUrl?: string;
  readonly review?: Review;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly StepResult[];
  readonly summaries: readonly StepSummary[];
  readonly annotations: readonly Annotation[];
}

/** A comment that the run left on an issue or pull request. */
export interface PostedComment {
  readonly issue: number;
  readonly body: string;
  readonly author: string;
}

/** How a run ended. */
export interface RunResult {
  /** `rejected`: a reviewer said no. `failed` also when an API call was made that is not simulated. */
  readonly result: 'succeeded' | 'failed' | 'rejected' | 'cancelled';
  /** One sentence for each reason why the run did not succeed. */
  readonly reasons: readonly string[];
  readonly runId: number;
  readonly attempt: number;
  readonly seconds: number;
  readonly jobs: readonly JobResult[];
  readonly comments: readonly PostedComment[];
  /** API calls that the stand-in does not know, as `METHOD path`. */
  readonly notSimulated: readonly string[];
}
