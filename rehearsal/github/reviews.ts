/** A job that waits until a reviewer of its environment answers. */
export interface PendingReview {
  readonly runId: number;
  readonly environment: string;
  readonly environmentId: number;
  readonly job: string;
  readonly reviewers: readonly string[];
}

/** The answer. */
export interface Decision {
  readonly approved: boolean;
  readonly reviewer: string;
}

interface Waiting extends PendingReview {
  readonly settle: (decision: Decision | undefined) => void;
}

/** The deployments that wait for review. One approval answers every job of the run that waits for the environment. */
export class Reviews {
  #waiting: Waiting[] = [];

  /** Waits for the answer; undefined when `signal` ends the wait. */
  async wait(pending: PendingReview, signal: AbortSignal): Promise<Decision | undefined> {
    return new Promise((resolve) => {
      const settle = (decision: Decision | undefined): void => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        signal.removeEventListener('abort', withdraw);
        resolve(decision);
      };
      const withdraw = (): void => settle(undefined);
      const entry: Waiting = { ...pending, settle };
      this.#waiting.push(entry);
      signal.addEventListener('abort', withdraw, { once: true });
      if (signal.aborted) withdraw();
    });
  }

  /** What a run waits for. */
  pending(runId: number): readonly PendingReview[] {
    return this.#waiting.filter((entry) => entry.runId === runId);
  }

  /** Answers for the environments that the reviewer may answer for; returns what was answered. */
  decide(runId: number, environmentIds: readonly number[], decision: Decision): readonly PendingReview[] {
    const answered = this.#waiting.filter(
      (entry) =>
        entry.runId === runId &&
        environmentIds.includes(entry.environmentId) &&
        entry.reviewers.includes(decision.reviewer),
    );
    for (const entry of answered) entry.settle(decision);
    return answered;
  }
}
