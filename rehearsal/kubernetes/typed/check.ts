/**
 * Checks a value against the schema: unknown fields, wrong types, items that are there twice. One walk, and two ways of
 * saying what it found, because a real server has two: decoding (create, update, patch) and typed merging (apply).
 */
import { itemElement } from './elements.ts';
import { printPath } from './field-set.ts';
import { entryType, isMap, type Type, type TypeRef, typeOf } from './schema.ts';

/** One thing wrong. */
export interface Finding {
  problem: 'unknown' | 'type' | 'duplicate';
  /** Where, in path elements. */
  path: readonly string[];
  /** Where, as decoding says it: `spec.containers[0].image`. */
  place: string;
  expected: string;
  value: unknown;
  /** The Go name of the struct that holds the field. */
  struct: string;
}

interface Context {
  path: readonly string[];
  place: string;
  struct: string;
}

/** Everything wrong with a value, in the order of the walk. */
export function checkTyped(reference: TypeRef, value: unknown): Finding[] {
  return [...walk(reference, value, { path: [], place: '', struct: '' })];
}

function* walk(reference: TypeRef, value: unknown, context: Context): Generator<Finding> {
  if (value === null || value === undefined) {
    return;
  }
  const type = typeOf(reference);
  const wrong = expectation(type, value);
  if (wrong !== undefined) {
    yield { problem: 'type', ...context, expected: wrong, value };
  } else if (type.is === 'list') {
    yield* walkItems(type, value as unknown[], context);
  } else if (type.is === 'struct' || type.is === 'map') {
    const struct = typeof reference === 'string' ? (reference.split('.').at(-1) ?? '') : context.struct;
    for (const [key, entry] of Object.entries(value)) {
      const place = context.place === '' ? key : `${context.place}.${key}`;
      const below = { path: [...context.path, `f:${key}`], place, struct };
      const entryReference = entryType(type, key);
      if (entryReference === undefined) {
        yield { problem: 'unknown', ...below, expected: '', value: entry };
      } else {
        yield* walk(entryReference, entry, below);
      }
    }
  }
}

function* walkItems(
  type: Extract<Type, { is: 'list' }>,
  items: readonly unknown[],
  context: Context,
): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const element = type.merge === 'atomic' ? `i:${index}` : itemElement(type, item);
    if (seen.has(element)) {
      yield { problem: 'duplicate', ...context, expected: printPath([element]), value: item };
    }
    seen.add(element);
    yield* walk(type.of, item, { ...context, path: [...context.path, element], place: `${context.place}[${index}]` });
  }
}

function expectation(type: Type, value: unknown): string | undefined {
  if (type.is === 'any') {
    return undefined;
  }
  if (type.is === 'list') {
    return Array.isArray(value) ? undefined : 'list';
  }
  if (type.is !== 'scalar') {
    return isMap(value) ? undefined : 'map';
  }
  const kinds: Record<string, string> = { numeric: 'number', string: 'string', boolean: 'boolean' };
  const wanted = kinds[type.scalar];
  const fits = wanted === undefined ? typeof value !== 'object' : typeof value === wanted;
  return fits ? undefined : type.scalar;
}

const goType: Record<string, string> = { numeric: 'int32', boolean: 'bool', list: '[]', map: 'map' };

function goValue(value: unknown): string {
  if (Array.isArray(value)) {
    return 'array';
  }
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** As encoding/json and the strict decoder word it; undefined for duplicates, which decoding lets pass. */
export function decodingMessage(finding: Finding): string | undefined {
  if (finding.problem === 'unknown') {
    return `unknown field ${JSON.stringify(finding.place)}`;
  }
  if (finding.problem === 'duplicate') {
    return undefined;
  }
  const field = finding.place.replace(/\[\d+\]/g, '');
  const expected = goType[finding.expected] ?? finding.expected;
  return `json: cannot unmarshal ${goValue(finding.value)} into Go struct field ${finding.struct}.${field} of type ${expected}`;
}

/** As structured-merge-diff words it. */
export function mergingMessage(finding: Finding): string {
  const at = printPath(finding.path);
  if (finding.problem === 'unknown') {
    return `${at}: field not declared in schema`;
  }
  if (finding.problem === 'duplicate') {
    return `${at}: duplicate entries for key ${finding.expected}`;
  }
  if (finding.expected === 'numeric') {
    return `${at}: expected numeric (int or float), got ${goValue(finding.value)}`;
  }
  const text = JSON.stringify(finding.value);
  const shown = ['string', 'boolean'].includes(finding.expected) ? `&value.valueUnstructured{Value:${text}}` : text;
  return `${at}: expected ${finding.expected}, got ${shown}`;
}
