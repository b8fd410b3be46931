import type { Scope } from './expressions.ts';
import { get, resolve, type Token } from './tokens.ts';
import { isList, isMapping, toText, type Value, type Values } from './values.ts';

/** How a job is multiplied. A job without a matrix has one leg with an empty combination. */
export interface Strategy {
  readonly legs: readonly Values[];
  readonly failFast: boolean;
  /** How many legs run at the same time; all of them unless given. */
  readonly maxParallel: number;
}

/** GitHub's limit of jobs that one matrix makes. */
const mostLegs = 256;

/**
 * Expands `strategy` with GitHub's rules: the product of the axes, minus `exclude`, then `include`: an entry extends
 * every combination whose original values it does not change, and is a combination of its own when it extends none.
 *
 * @throws Error when the matrix is no matrix, is empty or too large.
 */
export function expandStrategy(token: Token | undefined, scope: Scope): Strategy {
  const failFast = resolve(get(token, 'fail-fast'), scope);
  const maxParallel = resolve(get(token, 'max-parallel'), scope);
  return {
    legs: expandMatrix(resolve(get(token, 'matrix'), scope)),
    failFast: failFast !== false,
    maxParallel: typeof maxParallel === 'number' && maxParallel > 0 ? maxParallel : Number.POSITIVE_INFINITY,
  };
}

/** Expands the value of `matrix`. */
export function expandMatrix(matrix: Value): Values[] {
  if (matrix === null) return [{}];
  if (!isMapping(matrix)) throw new Error(`matrix must be a mapping, got ${JSON.stringify(matrix)}`);
  const { include, exclude, ...axes } = matrix;
  const excluded = listOfMappings('exclude', exclude);
  const original = product(axes).filter((leg) => !excluded.some((pattern) => matches(leg, pattern)));
  const legs = original.map((leg) => ({ ...leg }));
  const added: Values[] = [];
  for (const entry of listOfMappings('include', include)) {
    const extended = original.flatMap((leg, index) =>
      Object.entries(entry).every(([key, value]) => !(key in leg) || equal(leg[key], value)) ? [index] : [],
    );
    for (const index of extended) legs[index] = { ...legs[index], ...entry };
    if (extended.length === 0) added.push(entry);
  }
  const all = [...legs, ...added];
  if (all.length === 0) throw new Error('Matrix vector does not contain any values');
  if (all.length > mostLegs) throw new Error(`the matrix makes ${all.length} jobs; GitHub allows ${mostLegs}`);
  return all;
}

function product(axes: Values): Values[] {
  const names = Object.keys(axes);
  if (names.length === 0) return [];
  return names.reduce<Values[]>(
    (legs, name) => {
      const values = axes[name] ?? null;
      if (!isList(values)) throw new Error(`matrix.${name} must be a list, got ${JSON.stringify(values)}`);
      if (values.length === 0) throw new Error(`Matrix vector '${name}' does not contain any values`);
      return legs.flatMap((leg) => values.map((value) => ({ ...leg, [name]: value })));
    },
    [{}],
  );
}

function listOfMappings(name: string, value: Value | undefined): Values[] {
  if (value === undefined || value === null) return [];
  if (!isList(value) || !value.every(isMapping)) throw new Error(`matrix.${name} must be a list of mappings`);
  return value.filter(isMapping);
}

function matches(leg: Values, pattern: Values): boolean {
  return Object.entries(pattern).every(([key, value]) => equal(leg[key], value));
}

function equal(a: Value | undefined, b: Value | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The name of a leg without a `name` of its own: `id (a, b)`. */
export function legName(name: string, leg: Values): string {
  const values = Object.values(leg).flatMap((value) => (isMapping(value) ? Object.values(value) : [value]));
  return values.length === 0 ? name : `${name} (${values.map((value) => toText(value)).join(', ')})`;
}
