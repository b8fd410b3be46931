import type { Gate, ReviewRequest } from './options.ts';
import type { Review } from './result.ts';
import type { RunState } from './run-state.ts';

/**
 * Waits until a reviewer of the environment has answered: by the run's gate option, or through the REST call that
 * reviews pending deployments, whichever is first.
 *
 * @returns the answer, or undefined when `signal` ended the wait.
 */
export async function review(
  run: RunState,
  request: ReviewRequest,
  environmentId: number,
  signal: AbortSignal,
): Promise<Review | undefined> {
  const { environment, job, reviewers } = request;
  run.emit({ type: 'job-waiting', job, environment, reviewers });
  const ended = AbortSignal.any([signal, run.force]);
  const answer = run.github.reviews.wait({ runId: run.runId, environment, environmentId, job, reviewers }, ended);
  const { gate } = run.options;
  const reviewer = gate.reviewer ?? reviewers[0] ?? '';
  answerGate(gate, request).then(
    (approved) => {
      if (approved !== undefined) run.github.reviews.decide(run.runId, [environmentId], { approved, reviewer });
    },
    // A question that cannot be asked is not approved.
    () => run.github.reviews.decide(run.runId, [environmentId], { approved: false, reviewer }),
  );
  const decision = await answer;
  if (decision === undefined) return undefined;
  const result = { environment, ...decision };
  run.emit({ type: 'job-reviewed', job, ...result });
  return result;
}

async function answerGate(gate: Gate, request: ReviewRequest): Promise<boolean | undefined> {
  if (gate.mode !== 'ask') return gate.mode === 'approve';
  return gate.ask?.(request);
}
