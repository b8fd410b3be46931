/** Where an action writes what a person reads while it runs. The real one is @actions/core; tests record. */

/** Where in a file an annotation belongs. Lines count from 1. */
export interface Place {
  file: string;
  startLine?: number;
}

/** The log of a job. Every text is redacted by whoever implements this. */
export interface Log {
  /** A line that is shown only when the run is debugged. */
  debug(message: string): void;
  info(message: string): void;
  /** An annotation that does not fail the job. */
  notice(message: string, place?: Place): void;
  warning(message: string, place?: Place): void;
  error(message: string, place?: Place): void;
  /** Folds what `body` logs under a title, also when it throws. */
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
}
