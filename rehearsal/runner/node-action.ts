import { join } from 'node:path';
import { actionInputs } from './action-inputs.ts';
import { compositeFrame } from './composite-action.ts';
import { evaluate } from './expressions.ts';
import type { Frame, JobState, Post } from './job-state.ts';
import type { NodeAction, Step } from './model.ts';
import type { ActionAttempt, AttemptOptions } from './options.ts';
import { runStage } from './stage.ts';
import { StepOutput } from './step-output.ts';
import type { StepEnd, StepRun } from './steps.ts';
import { resolveTexts } from './tokens.ts';
import { isTruthy } from './values.ts';

/** Runs the main script of a node action. Its post is due from now on, whether main succeeds or not. */
export async function runMain(run: StepRun, action: NodeAction): Promise<StepEnd> {
  schedulePost(run.state, { frame: run.frame, step: run.step, action });
  const { aroundAction } = run.state.run.options;
  if (aroundAction === undefined) return runScriptOf(run, action, action.main);
  let failed = false;
  return aroundAction({
    stage: [...run.state.leg.ids, run.step.id ?? run.step.key].join('/'),
    attempt: async (options) => {
      if (failed) await cleanUp(run, action);
      const attempt = await attemptOf(run, action, options);
      failed = attempt.end.outcome === 'failure';
      return attempt;
    },
  });
}

/** The post script, and then the action's saved state is forgotten: the next attempt is one of a new job. */
async function cleanUp(run: StepRun, action: NodeAction): Promise<void> {
  if (action.post !== undefined) await runScriptOf(run, action, action.post);
  run.state.saved.delete(savedKey(run.frame, run.step));
}

/** What it annotates counts for the attempt and not for the step, which may have another. */
async function attemptOf(run: StepRun, action: NodeAction, options: AttemptOptions): Promise<ActionAttempt> {
  const { annotations } = run.output;
  const before = annotations.length;
  const end = await runScriptOf(run, action, action.main, options);
  const errors = annotations.slice(before).filter(({ level }) => level === 'error');
  if (end.outcome === 'failure') annotations.length = before;
  return { end, errors: errors.map(({ message }) => message) };
}

/**
 * Runs the `pre` of every node action, before the first step. A `./` action has none: it is not there yet, which the
 * real runner only warns about.
 */
export async function runPres(state: JobState, frame: Frame, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step.body.kind !== 'uses' || step.body.target === undefined) continue;
    const { target } = step.body;
    if (target.kind === 'composite') {
      const output = new StepOutput(
        () => step.key,
        state.masker,
        () => undefined,
      );
      const inner = compositeFrame(
        { state, frame, step, ...envOf(state, frame, step), output, body: step.body },
        target,
      );
      await runPres(state, inner, target.steps);
    }
    if (target.kind !== 'node' || target.pre === undefined) continue;
    if (!isTruthy(evaluate(target.preIf, state.scope(frame, state.env)))) continue;
    schedulePost(state, { frame, step, action: target });
    await runAround(state, { frame, step, action: target }, 'Pre', target.pre);
  }
}

/** Runs what is due, last in first out. */
export async function runPosts(state: JobState): Promise<void> {
  for (let post = state.posts.pop(); post !== undefined; post = state.posts.pop()) {
    const { frame, action } = post;
    if (state.run.force.aborted || action.post === undefined) continue;
    if (isTruthy(evaluate(action.postIf, state.afterwards(frame)))) await runAround(state, post, 'Post', action.post);
  }
}

function schedulePost(state: JobState, post: Post): void {
  if (post.action.post === undefined) return;
  const key = savedKey(post.frame, post.step);
  if (state.posts.some((other) => savedKey(other.frame, other.step) === key)) return;
  state.posts.push(post);
}

async function runAround(state: JobState, post: Post, label: 'Pre' | 'Post', script: string): Promise<void> {
  const { frame, step, action } = post;
  const begin = Date.now();
  const name = `${label} ${action.name}`;
  const output = new StepOutput(
    () => name,
    state.masker,
    (line, level) => state.log(line, level),
  );
  state.run.emit({ type: 'step-started', job: state.name, step: name });
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  // A post runs also in a cancelled job; only a pre is cut short by the cancellation.
  if (label === 'Pre') state.signal.addEventListener('abort', cancel, { once: true });
  const signal = AbortSignal.any([controller.signal, state.run.force]);
  let outcome: 'success' | 'failure' = 'failure';
  try {
    const run: StepRun = { state, frame, step, ...envOf(state, frame, step), output, name, signal };
    const end = await runScriptOf(run, action, script);
    outcome = output.failed ? 'failure' : end.outcome;
  } catch (error) {
    output.annotate('error', error instanceof Error ? error.message : String(error));
  }
  state.signal.removeEventListener('abort', cancel);
  state.annotations.push(...output.annotations);
  if (outcome === 'failure' && state.status === 'success') state.status = 'failure';
  const seconds = (Date.now() - begin) / 1000;
  state.steps.push({ name, outcome, conclusion: outcome, seconds, outputs: {} });
  state.run.emit({ type: 'step-finished', job: state.name, step: name, conclusion: outcome, seconds });
}

function envOf(state: JobState, frame: Frame, step: Step): Pick<StepRun, 'env' | 'own'> {
  const own = { ...frame.env, ...resolveTexts(step.env, state.scope(frame, { ...state.env, ...frame.env })) };
  return { env: { ...state.env, ...own }, own };
}

/** Inputs are evaluated anew for each of pre, main and post, with the contexts of that moment. */
async function runScriptOf(
  run: StepRun,
  action: NodeAction,
  script: string,
  attempt: AttemptOptions = {},
): Promise<StepEnd> {
  const { state, frame, step } = run;
  const key = savedKey(frame, step);
  const saved = state.saved.get(key) ?? new Map<string, string>();
  state.saved.set(key, saved);
  const source =
    action.source === undefined ? {} : { action_repository: action.source.repository, action_ref: action.source.ref };
  return runStage(run, {
    file: process.execPath,
    args: [join(action.directory, script)],
    cwd: state.directories.workspace,
    inputs: actionInputs(run, action),
    saved,
    github: source,
    isNode: true,
    attempt,
  });
}

function savedKey(frame: Frame, step: Step): string {
  return `${frame.prefix}/${step.key}`;
}
