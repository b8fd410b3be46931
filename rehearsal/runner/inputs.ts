import { entries, get, items, literal, type Token } from './tokens.ts';
import type { Value } from './values.ts';

/** A declared input of `workflow_call` or `workflow_dispatch`. */
export interface InputDeclaration {
  readonly type: 'string' | 'boolean' | 'number' | 'choice' | 'environment';
  readonly required: boolean;
  readonly options: readonly string[];
  readonly default: Token | undefined;
}

/** Reads the inputs declared below an event. */
export function readInputs(event: Token | undefined): Map<string, InputDeclaration> {
  return new Map(
    entries(get(event, 'inputs')).map(({ key, value }) => [
      key,
      {
        type: readType(literal(get(value, 'type'))),
        required: literal(get(value, 'required')) === 'true',
        options: items(get(value, 'options')).map((item) => literal(item) ?? ''),
        default: get(value, 'default'),
      },
    ]),
  );
}

function readType(text: string | undefined): InputDeclaration['type'] {
  if (text === 'boolean' || text === 'number' || text === 'choice' || text === 'environment') return text;
  return 'string';
}

/** What an optional input is when it is neither given nor has a default. */
export function emptyValue(type: InputDeclaration['type']): Value {
  if (type === 'boolean') return false;
  return type === 'number' ? 0 : '';
}

/**
 * Checks the value of a reusable workflow's input. GitHub converts nothing here: `"3"` is no number.
 *
 * @returns what is wrong, or undefined.
 */
export function checkCallInput(name: string, input: InputDeclaration, value: Value): string | undefined {
  const actual = value === null ? 'null' : Array.isArray(value) ? 'sequence' : typeof value;
  if (input.type === 'string' ? typeof value !== 'object' || value === null : actual === input.type) return undefined;
  return `input '${name}' must be a ${input.type}, got ${JSON.stringify(value)} (${actual})`;
}

/**
 * Converts the texts given to `workflow_dispatch` to the declared types, with the messages of GitHub's API where it
 * has one.
 *
 * @throws Error naming the input and the valid values.
 */
export function dispatchInputs(
  declared: ReadonlyMap<string, InputDeclaration>,
  given: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const unexpected = Object.keys(given).filter((name) => !declared.has(name));
  if (unexpected.length > 0)
    throw new Error(
      `Unexpected inputs provided: ${JSON.stringify(unexpected)}; the workflow has ${[...declared.keys()].join(', ') || 'none'}`,
    );
  return Object.fromEntries(
    [...declared].map(([name, input]) => [name, dispatchInput(name, input, given[name] ?? literal(input.default))]),
  );
}

function dispatchInput(name: string, input: InputDeclaration, value: Value | undefined): Value {
  if (value === undefined || value === '') {
    if (input.required) throw new Error(`Required input '${name}' not provided`);
    return input.type === 'choice' ? (input.options[0] ?? '') : emptyValue(input.type);
  }
  const text = String(value);
  if (input.type === 'boolean') {
    if (text !== 'true' && text !== 'false') throw new Error(`input '${name}' must be true or false, got '${text}'`);
    return text === 'true';
  }
  if (input.type === 'number') {
    const number = Number(text);
    if (Number.isNaN(number)) throw new Error(`input '${name}' must be a number, got '${text}'`);
    return number;
  }
  if (input.type === 'choice' && !input.options.includes(text))
    throw new Error(`input '${name}' must be one of ${input.options.join(', ')}, got '${text}'`);
  return text;
}
