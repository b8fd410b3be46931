/** How a step, a job or a called workflow ended. */
export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

/** A message of a workflow command, or of the runner itself. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly step?: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: string;
}

/** What happens in a run, in order. `job` is the full name, such as `deploy / apply / infra`; `at` is epoch milliseconds. */
export type RunEvent = { readonly at: number } & (
  | { readonly type: 'run-started'; readonly name: string; readonly runId: number }
  | { readonly type: 'job-queued'; readonly job: string; readonly group: string }
  | {
      readonly type: 'job-waiting';
      readonly job: string;
      readonly environment: string;
      readonly reviewers: readonly string[];
    }
  | {
      readonly type: 'job-reviewed';
      readonly job: string;
      readonly environment: string;
      readonly reviewer: string;
      readonly approved: boolean;
    }
  | { readonly type: 'job-started'; readonly job: string }
  | { readonly type: 'job-finished'; readonly job: string; readonly conclusion: Conclusion; readonly seconds: number }
  | { readonly type: 'step-started'; readonly job: string; readonly step: string }
  | {
      readonly type: 'step-finished';
      readonly job: string;
      readonly step: string;
      readonly conclusion: Conclusion;
      readonly seconds: number;
    }
  | { readonly type: 'log'; readonly job: string; readonly line: string; readonly level: LogLevel }
  | { readonly type: 'run-finished'; readonly result: string; readonly seconds: number }
);

/** How a line of the log is shown. */
export type LogLevel = 'text' | 'group' | 'endgroup' | 'debug' | 'notice' | 'warning' | 'error' | 'command';

/** An event before its time is stamped. */
export type Unstamped<T> = T extends unknown ? Omit<T, 'at'> : never;

/** Receives what happens; stamps the time. */
export type Emit = (event: Unstamped<RunEvent>) => void;
