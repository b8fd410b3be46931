import { contextsOf, evaluate } from './expressions.ts';
import { expressionOf, expressionsIn, resolve, type Token } from './tokens.ts';
import { toText, type Value, type Values } from './values.ts';

/** What is known before anything runs. An input that depends on a job's output is `undefined`. */
export interface Known {
  readonly inputs: ReadonlyMap<string, Value | undefined>;
  readonly vars: Values;
  readonly github: Values;
}

/** The value of a token if it can be known before the run, else undefined. */
export function foresee(token: Token | undefined, known: Known): Value | undefined {
  const expression = expressionOf(token);
  if (expressionsIn(token).length === 0) return resolve(token, { contexts: {} });
  if (expression === undefined) return undefined;
  const contexts = contextsOf(expression);
  if ([...contexts].some((name) => name !== 'inputs' && name !== 'vars' && name !== 'github')) return undefined;
  const text = expression.toLowerCase();
  if ([...known.inputs].some(([name, value]) => value === undefined && text.includes(name.toLowerCase())))
    return undefined;
  const inputs = Object.fromEntries([...known.inputs].map(([name, value]) => [name, value ?? null]));
  try {
    return evaluate(expression, { contexts: { inputs, vars: known.vars, github: known.github } });
  } catch {
    // The same evaluation fails again when the job is reached, with the job's name in the message.
    return undefined;
  }
}

/** The text of a token if it can be known before the run. */
export function foreseeText(token: Token | undefined, known: Known): string | undefined {
  const value = foresee(token, known);
  return value === undefined ? undefined : toText(value);
}
