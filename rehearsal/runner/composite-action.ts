import { actionInputs } from './action-inputs.ts';
import type { Frame } from './job-state.ts';
import type { CompositeAction, UsesBody } from './model.ts';
import { runSteps, type StepEnd, type StepRun } from './steps.ts';
import { resolveText } from './tokens.ts';

/** Runs the steps of a composite action and evaluates its outputs. */
export async function runComposite(run: StepRun, action: CompositeAction, body: UsesBody): Promise<StepEnd> {
  const { state } = run;
  const inner = compositeFrame({ ...run, body }, action);
  await runSteps(state, inner, action.steps);
  const scope = state.scope(inner, { ...state.env, ...inner.env });
  const outputs = Object.fromEntries(
    [...action.outputs].map(([name, value]) => [name, value === undefined ? '' : resolveText(value, scope)]),
  );
  return { outcome: inner.failed ? 'failure' : 'success', outputs };
}

/** The frame in which a composite action's steps run. Without a signal only the job's own cancellation ends them. */
export function compositeFrame(
  run: Omit<StepRun, 'signal' | 'name'> & {
    readonly signal?: AbortSignal;
    readonly body: UsesBody;
  },
  action: CompositeAction,
): Frame {
  const { frame, step, own, body } = run;
  const ref = body.reference.kind === 'remote' ? body.reference.ref : (action.source?.sha ?? '');
  return {
    prefix: `${frame.prefix}/${step.key}`,
    depth: frame.depth + 1,
    inputs: actionInputs(run, action),
    steps: {},
    env: own,
    action: { directory: action.directory, repository: action.source?.repository ?? '', ref },
    signal: run.signal,
    failed: false,
  };
}
