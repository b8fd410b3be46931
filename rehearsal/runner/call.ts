import { checkCallInput, emptyValue } from './inputs.ts';
import type { Instance } from './instance.ts';
import type { Call } from './model.ts';
import { entries, literal, resolve, resolveTexts } from './tokens.ts';
import type { Value, Values } from './values.ts';

/**
 * The `inputs` context of a called workflow. Values keep their type; nothing is converted but scalars to strings.
 *
 * @throws Error when a value has the wrong type, which GitHub too finds out only when the call is reached.
 */
export function calledInputs(call: Call, contexts: Values): Values {
  const given = new Map(entries(call.with).map(({ key, value }) => [key.toLowerCase(), value]));
  return Object.fromEntries(
    [...call.workflow.callInputs].map(([name, input]): [string, Value] => {
      const token = given.get(name.toLowerCase()) ?? input.default;
      if (token === undefined) return [name, emptyValue(input.type)];
      const value = resolve(token, { contexts });
      const wrong = checkCallInput(name, input, value ?? '');
      if (wrong !== undefined) throw new Error(`Error calling workflow '${call.uses}': ${wrong}`);
      return [name, input.type === 'string' ? String(value ?? '') : value];
    }),
  );
}

/** The secrets of a called workflow: all of the caller's with `inherit`, else the ones that are named. */
export function calledSecrets(
  call: Call,
  caller: Instance,
  contexts: Values,
): Pick<Instance, 'secrets' | 'inheritsSecrets'> {
  if (literal(call.secrets) === 'inherit') return { secrets: caller.secrets, inheritsSecrets: caller.inheritsSecrets };
  const scope = { contexts: { ...contexts, secrets: caller.secrets } };
  return { secrets: resolveTexts(call.secrets, scope), inheritsSecrets: false };
}
