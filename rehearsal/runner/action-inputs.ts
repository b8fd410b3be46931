import type { Action } from './model.ts';
import type { StepRun } from './steps.ts';
import { resolveText, resolveTexts } from './tokens.ts';

/** The contexts that the default of an action's input may use (`input-default-context` of the action schema). */
const defaultContexts = ['github', 'strategy', 'matrix', 'job', 'runner'];

/**
 * The inputs of an action by lower-case name: what the step gives, else the default, else empty. An input that is not
 * declared is passed on with a warning, and `required` is not enforced, both as the runner does.
 */
export function actionInputs(
  run: Pick<StepRun, 'state' | 'frame' | 'step' | 'env' | 'output'>,
  action: Action,
): Record<string, string> {
  const { state, frame, step, env, output } = run;
  const scope = state.scope(frame, env);
  const given = step.body.kind === 'uses' ? resolveTexts(step.body.with, scope) : {};
  const inputs: Record<string, string> = {};
  const contexts = Object.fromEntries(
    Object.entries(scope.contexts).filter(([name]) => defaultContexts.includes(name)),
  );
  for (const [name, value] of action.inputs) {
    inputs[name.toLowerCase()] = resolveText(value, { contexts, workspace: state.directories.workspace });
  }
  const unknown = Object.keys(given).filter((name) => !(name.toLowerCase() in inputs));
  if (unknown.length > 0) {
    const valid = [...action.inputs.keys()].map((name) => `'${name}'`).join(', ');
    output.annotate('warning', `Unexpected input(s) '${unknown.join("', '")}', valid inputs are [${valid}]`);
  }
  for (const [name, value] of Object.entries(given)) inputs[name.toLowerCase()] = value;
  return inputs;
}
