import type { GateMode, ReviewRequest } from './options.ts';
import type { Review } from './result.ts';
import type { RunState } from './run-state.ts';

/**
 * Waits until a reviewer of the environment has answered: by the run's gate option, or through the REST call that
 * reviews pending deployments, whichever is first.
 *
 * @returns the answer, `expired` when there is none in time, or undefined when `signal` ended the wait.
 */
export async function review(
  run: RunState,
  request: ReviewRequest,
  environmentId: number,
  signal: AbortSignal,
): Promise<Review | 'expired' | undefined> {
  const { environment, job, reviewers } = request;
  run.emit({ type: 'job-waiting', job, environment, reviewers });
  if (modeOf(run, environment) === 'expire') return 'expired';
  const ended = AbortSignal.any([signal, run.force]);
  const answer = run.github.reviews.wait({ runId: run.runId, environment, environmentId, job, reviewers }, ended);
  const settled = new AbortController();
  run.questions.last = run.questions.last.then(() => ask(run, request, environmentId, settled.signal));
  const decision = await answer;
  settled.abort();
  if (decision === undefined) return undefined;
  const result = { environment, ...decision };
  run.emit({ type: 'job-reviewed', job, ...result });
  return result;
}

function modeOf({ options: { gate } }: RunState, environment: string): GateMode {
  return gate.of?.[environment] ?? gate.mode;
}

/** Answers for every job that waits for the environment, as a review on GitHub does. */
async function ask(run: RunState, request: ReviewRequest, environmentId: number, settled: AbortSignal): Promise<void> {
  const { gate } = run.options;
  const mode = modeOf(run, request.environment);
  if (settled.aborted || (mode === 'ask' && gate.ask === undefined)) return;
  const withdrawn = new Promise<undefined>((resolve) => settled.addEventListener('abort', () => resolve(undefined)));
  // A question that cannot be asked is not approved.
  const answer = async () => (mode === 'ask' ? gate.ask?.(request, settled) : mode === 'approve');
  const approved = await Promise.race([answer().catch(() => false), withdrawn]);
  const reviewer = gate.reviewer ?? request.reviewers[0] ?? '';
  if (approved !== undefined) run.github.reviews.decide(run.runId, [environmentId], { approved, reviewer });
}
