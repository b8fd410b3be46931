import { UserError } from '../errors.ts';
import type { Secrets } from '../secrets.ts';
import { type Contract, camelCase, type InputSpec, type InputsOf } from './contract.ts';

/** A wrong input: the rest of the sentence `Input "name" …`. */
class InvalidInput extends Error {}

const DURATION = /^(\d+)(s|m|h)$/;
const MILLISECONDS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Parses one text; the caller has dealt with empty ones. */
function parse(spec: InputSpec, text: string): unknown {
  switch (spec.type) {
    case 'string':
    case 'path':
    case 'secret':
      return text;
    case 'enum':
      if (spec.values.includes(text)) return text;
      throw new InvalidInput(`must be one of ${spec.values.join(', ')}; it is "${text}"`);
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw new InvalidInput(`must be true or false; it is "${text}"`);
    case 'integer': {
      const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
      if (value >= spec.min && value <= spec.max) return value;
      throw new InvalidInput(`must be a whole number from ${spec.min} to ${spec.max}; it is "${text}"`);
    }
    case 'duration': {
      const match = DURATION.exec(text);
      if (match?.[1] === undefined) {
        throw new InvalidInput(`must be a number with a unit, such as 90s, 15m or 2h; it is "${text}"`);
      }
      return Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
    }
    case 'list':
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    case 'json':
      try {
        return JSON.parse(text) as unknown;
      } catch (error) {
        throw new InvalidInput(`must be JSON: ${(error as Error).message}`);
      }
  }
}

/** One input, or the reason why it is wrong. */
function read(spec: InputSpec, given: string): unknown {
  const text = given === '' ? (spec.default ?? '') : given;
  if (text !== '') return parse(spec, text);
  if (spec.required) throw new InvalidInput('is required and was not given');
  return spec.type === 'list' ? [] : undefined;
}

/**
 * Reads and checks all inputs at once.
 *
 * @param textOf the input's text, trimmed, or an empty text, as `core.getInput` answers it
 * @throws UserError that lists every wrong input with what was given and what is valid
 */
export function readInputs<C extends Contract>(
  contract: C,
  textOf: (name: string) => string,
  secrets: Secrets,
): InputsOf<C> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  const entries = Object.entries(contract.inputs);
  for (const [name, spec] of entries) if (spec.type === 'secret') secrets.add(textOf(name));
  for (const [name, spec] of entries) {
    try {
      values[camelCase(name)] = read(spec, textOf(name));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      problems.push(`Input "${name}" ${error.message}.`);
    }
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return values as InputsOf<C>;
}
