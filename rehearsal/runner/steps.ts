import { runComposite } from './composite-action.ts';
import type { Conclusion } from './events.ts';
import { evaluate } from './expressions.ts';
import { findAction } from './find-action.ts';
import type { Frame, JobState } from './job-state.ts';
import type { Step } from './model.ts';
import { runMain } from './node-action.ts';
import type { StepResult } from './result.ts';
import { runScript } from './run-script.ts';
import { isNamed } from './selection.ts';
import { StepOutput } from './step-output.ts';
import { runSubstitute } from './substitutes/run.ts';
import { literal, resolve, resolveText, resolveTexts } from './tokens.ts';
import { isTruthy } from './values.ts';

/** What a step is doing its work with. */
export interface StepRun {
  readonly state: JobState;
  readonly frame: Frame;
  readonly step: Step;
  /** Job env, composite env and step env, merged. */
  readonly env: Readonly<Record<string, string>>;
  /** The env of the step and of the composite steps around it, without the job's. */
  readonly own: Readonly<Record<string, string>>;
  readonly output: StepOutput;
  readonly name: string;
  /** Aborted by the step's timeout, or by a cancellation that its `if` does not outlive. */
  readonly signal: AbortSignal;
}

/** How the work of a step ended. */
export interface StepEnd {
  readonly outcome: 'success' | 'failure';
  readonly outputs: Readonly<Record<string, string>>;
}

/** Runs steps in their order; each decides by its `if` whether it runs. */
export async function runSteps(state: JobState, frame: Frame, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await runStep(state, frame, step);
}

async function runStep(state: JobState, frame: Frame, step: Step): Promise<void> {
  const begin = Date.now();
  const isTop = frame.action === undefined;
  let env: Readonly<Record<string, string>> = { ...state.env, ...frame.env };
  let name = step.key;
  const output = new StepOutput(
    () => name,
    state.masker,
    (line, level) => state.log(line, level),
  );
  let outcome: Conclusion = 'skipped';
  let outputs: Readonly<Record<string, string>> = {};
  try {
    const own = { ...frame.env, ...resolveTexts(step.env, state.scope(frame, env)) };
    env = { ...env, ...own };
    name = nameOf(state, frame, step, env);
    if (!state.run.force.aborted && isTruthy(evaluate(step.condition, state.scope(frame, env)))) {
      if (isTop) state.run.emit({ type: 'step-started', job: state.name, step: name });
      else output.note(name, 'command');
      const end = await work({ state, frame, step, env, own, output, name });
      outcome = end.cancelled ? 'cancelled' : end.outcome;
      outputs = end.outputs;
    }
  } catch (error) {
    // A step whose env or `if` cannot be evaluated fails; it is not skipped.
    outcome = 'failure';
    output.annotate('error', error instanceof Error ? error.message : String(error));
  }
  state.annotations.push(...output.annotations);
  const tolerated = outcome === 'failure' && continues(state, frame, step, env);
  const conclusion = tolerated ? 'success' : outcome;
  if (conclusion === 'failure') {
    frame.failed = true;
    if (isTop && state.status !== 'cancelled') state.status = 'failure';
  }
  if (step.id !== undefined) frame.steps[step.id] = { outputs, outcome, conclusion };
  if (isTop)
    record(state, { name, ...(step.id !== undefined && { id: step.id }), outcome, conclusion, outputs }, begin);
}

function record(state: JobState, result: Omit<StepResult, 'seconds'>, begin: number): void {
  const seconds = (Date.now() - begin) / 1000;
  const { name: step, outcome, conclusion } = result;
  const outputs = Object.fromEntries(
    Object.entries(result.outputs).map(([key, value]) => [key, state.masker.mask(value)]),
  );
  state.steps.push({ ...result, outputs, seconds });
  if (outcome !== 'skipped') state.run.emit({ type: 'step-finished', job: state.name, step, conclusion, seconds });
}

function nameOf(state: JobState, frame: Frame, step: Step, env: Readonly<Record<string, string>>): string {
  const scope = state.scope(frame, env);
  try {
    if (step.name !== undefined) return state.masker.mask(resolveText(step.name, scope));
    const text = step.body.kind === 'uses' ? step.body.uses : resolveText(step.body.script, scope);
    return state.masker.mask(`Run ${text.trim().split('\n')[0] ?? ''}`);
  } catch {
    // What is wrong with the expression is said when the step needs it.
    return step.key;
  }
}

function continues(state: JobState, frame: Frame, step: Step, env: Readonly<Record<string, string>>): boolean {
  try {
    return resolve(step.continueOnError, state.scope(frame, env)) === true;
  } catch {
    return false;
  }
}

async function work(run: Omit<StepRun, 'signal'>): Promise<StepEnd & { cancelled: boolean }> {
  const { state, frame, step, env, output, name } = run;
  if (isInjected(state, frame, step)) {
    state.injected = true;
    output.annotate('error', 'This step was made to fail, as asked');
    return { outcome: 'failure', outputs: {}, cancelled: false };
  }
  const controller = new AbortController();
  let cancelled = false;
  // A cancellation asks the `if` of the running step again: with always() it goes on.
  const onCancel = (): void => {
    if (isTruthy(evaluate(step.condition, state.scope(frame, env)))) return;
    cancelled = true;
    output.annotate('error', 'The operation was canceled.');
    controller.abort();
  };
  state.signal.addEventListener('abort', onCancel, { once: true });
  const minutes = step.timeout === undefined ? 0 : Number(resolve(step.timeout, state.scope(frame, env)));
  const timer =
    minutes > 0
      ? setTimeout(() => {
          output.annotate('error', `The action '${name}' has timed out after ${minutes} minutes.`);
          controller.abort();
        }, minutes * 60_000)
      : undefined;
  try {
    const signal = AbortSignal.any([controller.signal, state.run.force, ...(frame.signal ? [frame.signal] : [])]);
    const end = await perform({ ...run, signal });
    const failed = end.outcome === 'failure' || output.failed || controller.signal.aborted;
    return {
      outputs: end.outputs,
      outcome: failed ? 'failure' : 'success',
      cancelled: cancelled || state.run.force.aborted,
    };
  } finally {
    clearTimeout(timer);
    state.signal.removeEventListener('abort', onCancel);
  }
}

async function perform(run: StepRun): Promise<StepEnd> {
  const { body } = run.step;
  if (body.kind === 'run') return runScript(run, body);
  const target = await findAction(run.state, run.frame, body);
  if (target.kind === 'substitute') return runSubstitute(run, target.repository, body);
  if (target.kind === 'composite') return runComposite(run, target, body);
  return runMain(run, target);
}

function isInjected(state: JobState, frame: Frame, step: Step): boolean {
  const { failStep } = state.run.options;
  if (failStep === undefined || frame.action !== undefined || state.injected) return false;
  if (!isNamed(state.leg.ids.join('/'), failStep.job)) return false;
  return failStep.step === undefined || failStep.step === step.id || failStep.step === literal(step.name);
}
