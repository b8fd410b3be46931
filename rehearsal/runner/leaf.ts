import type { Conclusion } from './events.ts';
import { review } from './gates.ts';
import { type Instance, type Leg, needsOf, type Outcome } from './instance.ts';
import { executeJob } from './job.ts';
import type { Job } from './model.ts';
import type { JobResult } from './result.ts';
import type { RunState } from './run-state.ts';
import { get, resolveText } from './tokens.ts';
import { idOf } from './trigger.ts';
import { findEnvironment, undeclaredEnvironment } from './validate.ts';

/** Records a job that does not run. */
export function skipJob(
  run: RunState,
  instance: Instance,
  job: Job,
  names: readonly string[],
  status: 'skipped' | 'cancelled' = 'skipped',
): Outcome {
  record(run, { ...emptyResult(instance, job, names), status });
  return { result: status, outputs: {} };
}

/** Records a job that failed before its first step, for example because its matrix could not be evaluated. */
export function failWithoutSteps(
  run: RunState,
  instance: Instance,
  job: Job,
  names: readonly string[],
  error: unknown,
): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  const name = names.join(' / ');
  run.emit({ type: 'log', job: name, line: message, level: 'error' });
  run.reasons.push(`${name}: ${message}`);
  record(run, { ...emptyResult(instance, job, names), status: 'failure', annotations: [{ level: 'error', message }] });
  return { result: 'failure', outputs: {}, ran: true };
}

/** Runs a job that has steps: its environment's gate first, then the steps. */
export async function runLeaf(run: RunState, leg: Leg): Promise<Outcome> {
  const { job, instance, names } = leg;
  const kept = leg.keeps ? run.options.rerun?.jobs.find((one) => one.name === names.join(' / ')) : undefined;
  if (kept?.status === 'success') {
    record(run, kept);
    return { result: kept.status, outputs: kept.outputs };
  }
  const name = resolveText(get(job.environment, 'name') ?? job.environment, { contexts: leg.contexts });
  const found = name === '' ? undefined : findEnvironment(run.options.environments, name);
  if (name !== '' && found === undefined)
    return failWithoutSteps(
      run,
      instance,
      job,
      names,
      new Error(undeclaredEnvironment(name, run.options.environments)),
    );
  const reviewers = found?.environment.reviewers ?? [];
  const partial: JobResult = { ...emptyResult(instance, job, names), ...(found && { environment: found.name }) };
  if (found === undefined || reviewers.length === 0) {
    return finish(run, await executeJob(run, leg, found, { ...partial, waited: (Date.now() - leg.askedAt) / 1000 }));
  }
  const request = { environment: found.name, job: names.join(' / '), reviewers };
  const answer = await review(run, request, idOf(found.name), leg.signal);
  const waited = (Date.now() - leg.askedAt) / 1000;
  if (answer === undefined) return finish(run, { ...partial, waited, status: 'cancelled' });
  if (answer === 'expired') {
    const message = `nobody answered for environment '${found.name}' in 30 days, so job '${request.job}' failed`;
    run.reasons.push(message);
    return finish(run, { ...partial, waited, status: 'failure', annotations: [{ level: 'error', message }] });
  }
  run.reviews.push(answer);
  if (answer.approved) return finish(run, await executeJob(run, leg, found, { ...partial, waited, review: answer }));
  const message = `${answer.reviewer} rejected environment '${found.name}' for job '${request.job}'`;
  run.reasons.push(message);
  return finish(run, {
    ...partial,
    waited,
    review: answer,
    status: 'failure',
    annotations: [{ level: 'error', message }],
  });
}

function finish(run: RunState, result: JobResult): Outcome {
  record(run, result);
  return { result: result.status, outputs: result.outputs, ran: true };
}

function record(run: RunState, result: JobResult): void {
  run.jobs.push(result);
  run.emit({ type: 'job-finished', job: result.name, conclusion: result.status, seconds: result.seconds });
}

function emptyResult(instance: Instance, job: Job, names: readonly string[]): JobResult {
  const status: Conclusion = 'skipped';
  return {
    id: [...instance.ids, job.id].join('/'),
    name: names.join(' / '),
    status,
    seconds: 0,
    waited: 0,
    needs: needsOf(instance, job),
    outputs: {},
    steps: [],
    summaries: [],
    annotations: [],
  };
}
