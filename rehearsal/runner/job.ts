import type { Leg } from './instance.ts';
import { prepareJob } from './job-setup.ts';
import { type Frame, type JobState, jobFrame } from './job-state.ts';
import { runPosts, runPres } from './node-action.ts';
import type { Environment } from './options.ts';
import { refuseLabel } from './refusals.ts';
import type { JobResult } from './result.ts';
import { follow, type RunState } from './run-state.ts';
import { runSteps } from './steps.ts';
import { entries, get, resolve, resolveText, resolveTexts } from './tokens.ts';
import { isList, isMapping, toText } from './values.ts';

/** GitHub ends a job after six hours unless it says otherwise. */
const longestMinutes = 360;

/** Runs the steps of a job in directories of its own and returns how it went. Never throws. */
export async function executeJob(
  run: RunState,
  leg: Leg,
  environment: { name: string; environment: Environment } | undefined,
  partial: JobResult,
): Promise<JobResult> {
  const begin = Date.now();
  run.emit({ type: 'job-started', job: partial.name });
  const controller = follow(leg.signal);
  if (leg.signal.aborted) controller.abort();
  const state = await prepareJob(run, leg, environment, controller.signal);
  let timer: NodeJS.Timeout | undefined;
  controller.signal.addEventListener('abort', () => {
    if (state.status !== 'failure') state.status = 'cancelled';
  });
  let outputs: Record<string, string> = {};
  let environmentUrl = '';
  try {
    checkRunner(leg);
    const frame = jobFrame(leg.instance.inputs);
    state.env = jobEnv(state, frame);
    const minutes =
      leg.job.timeout === undefined ? longestMinutes : Number(resolve(leg.job.timeout, state.scope(frame, state.env)));
    timer = setTimeout(() => {
      fail(
        state,
        `The job has exceeded the maximum execution time of ${minutes} minutes and was cancelled`,
        'cancelled',
      );
      controller.abort();
    }, minutes * 60_000);
    if (leg.signal.aborted) state.status = 'cancelled';
    await runPres(state, frame, leg.job.steps);
    await runSteps(state, frame, leg.job.steps);
    await runPosts(state);
    outputs = jobOutputs(state, frame);
    environmentUrl = resolveText(get(leg.job.environment, 'url'), state.scope(frame, state.env));
  } catch (error) {
    fail(state, error instanceof Error ? error.message : String(error), 'failure');
  } finally {
    clearTimeout(timer);
    run.processes.killAll(state.leftovers);
    state.credentials.revoke();
  }
  const { failStep } = run.options;
  if (state.status === 'failure') run.reasons.push(...reasons(state, failStep !== undefined && state.injected));
  return {
    ...partial,
    status: state.status,
    seconds: (Date.now() - begin) / 1000,
    startedAt: new Date(begin).toISOString(),
    ...(environmentUrl !== '' && { environmentUrl }),
    outputs,
    steps: state.steps,
    summaries: state.summaries,
    annotations: state.annotations,
  };
}

function jobEnv(state: JobState, frame: Frame): Record<string, string> {
  const { job, instance } = state.leg;
  const workflowEnv = resolveTexts(instance.workflow.env, state.scope(frame, {}));
  return { ...workflowEnv, ...resolveTexts(job.env, state.scope(frame, workflowEnv)) };
}

function checkRunner(leg: Leg): void {
  const value = resolve(leg.job.runsOn, { contexts: leg.contexts });
  const labels = isMapping(value) ? (value.labels ?? null) : value;
  for (const label of isList(labels) ? labels : [labels]) {
    const wrong = refuseLabel(toText(label));
    if (wrong !== undefined) throw new Error(wrong);
  }
}

/** Outputs are evaluated also after a failure; one that holds a masked value is dropped, as on GitHub. */
function jobOutputs(state: JobState, frame: Frame): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const { key, value } of entries(state.leg.job.outputs)) {
    const text = resolveText(value, state.scope(frame, state.env));
    if (text === '') continue;
    if (state.masker.hides(text)) {
      const message = `Skip output '${key}' since it may contain secret.`;
      state.annotations.push({ level: 'warning', message });
      state.log(message, 'warning');
      continue;
    }
    outputs[key] = text;
  }
  return outputs;
}

function fail(state: JobState, text: string, status: 'failure' | 'cancelled'): void {
  const message = state.masker.mask(text);
  state.status = status;
  state.annotations.push({ level: 'error', message });
  state.log(message, 'error');
}

function reasons(state: JobState, injected: boolean): string[] {
  if (injected) return [`${state.name}: a step was made to fail, as asked`];
  const errors = state.annotations.filter((annotation) => annotation.level === 'error');
  if (errors.length > 0)
    return errors.slice(0, 3).map((e) => `${state.name}${e.step === undefined ? '' : ` / ${e.step}`}: ${e.message}`);
  const failed = state.steps.find((step) => step.conclusion === 'failure');
  return [`${state.name} / ${failed?.name ?? 'job'}: failed without a message`];
}
