/** From a root's outputs to the action's: by name, with their types, and without any that is sensitive. */
import type { OutputSpec } from '#toolkit/action/contract';
import type { OutputValues } from '#toolkit/terraform/plan-json';
import { Refused } from './failure.ts';

/** Outputs for the workflow, by their names with dashes. */
export interface TypedOutputs {
  values: Record<string, string | number | boolean>;
  /** Names that the action does not hand on since the root marks them as sensitive. */
  withheld: string[];
  /** Values that must be masked. */
  secrets: string[];
  /** All that are known and not sensitive, by Terraform's names. */
  all: Record<string, unknown>;
}

/** Which outputs there must be. */
export interface ExpectedOutputs {
  specs: Readonly<Record<string, OutputSpec>>;
  /** Names with dashes. */
  required: readonly string[];
  /** The root, for messages. */
  directory: string;
}

/**
 * Picks the outputs that the contract knows. One that is not known yet is left out.
 *
 * @throws Refused that lists every output that is missing or has a wrong type, and where it should come from
 */
export function typedOutputs(outputs: OutputValues, expected: ExpectedOutputs): TypedOutputs {
  const { specs, required, directory } = expected;
  const result: TypedOutputs = { values: {}, withheld: [], secrets: [], all: {} };
  const problems = required
    .map((name) => name.replaceAll('-', '_'))
    .filter((name) => !Object.hasOwn(outputs, name))
    .map((name) => `Output "${name}" is missing: the root ${directory} must have it, as \`output "${name}"\`.`);
  for (const [name, { sensitive, value }] of Object.entries(outputs)) {
    if (sensitive) result.secrets.push(...texts(value));
    else if (value !== undefined) result.all[name] = value;
    const dashed = name.replaceAll('_', '-');
    const spec = Object.hasOwn(specs, dashed) ? specs[dashed] : undefined;
    if (spec === undefined || value === undefined || value === null) continue;
    if (sensitive) {
      result.withheld.push(name);
      continue;
    }
    const typed = asType(value, spec.type ?? 'string');
    if (typed === undefined)
      problems.push(
        `Output "${name}" of the root ${directory} must be ${WORDS[spec.type ?? 'string']}; it is ${describe(value)}.`,
      );
    else result.values[dashed] = typed;
  }
  if (problems.length > 0) throw new Refused('outputs-invalid', problems.join('\n'));
  return result;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  boolean: 'true or false',
};

function asType(value: unknown, type: string): string | number | boolean | undefined {
  if (type === 'string') return typeof value === 'string' ? value : undefined;
  if (type === 'json') return JSON.stringify(value);
  if (type === 'integer') return Number.isSafeInteger(value) ? (value as number) : undefined;
  return typeof value === 'boolean' ? value : undefined;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return JSON.stringify(value);
}

/** Shorter texts are no secrets, and masking them would blot out ordinary words and numbers. */
const SHORTEST_SECRET = 4;

/** Every text in a value, at any depth: each is masked by itself, as it would be printed. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return value.length < SHORTEST_SECRET ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(texts);
}
