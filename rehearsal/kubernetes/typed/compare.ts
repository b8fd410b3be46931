/** What differs between two versions of an object, in the terms of field ownership. */
import { sameJson } from '../json.ts';
import { itemsOf } from './elements.ts';
import { FieldSet } from './field-set.ts';
import { entryType, isMap, shapeOf, type Type, type TypeRef, typeOf } from './schema.ts';

/** Three sets of paths, each with every path on the way to a part that came or went as a whole. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** Compares; absent parts are `undefined`. */
export function compareTyped(reference: TypeRef, before: unknown, after: unknown): Comparison {
  const comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  walk(comparison, reference, before, after);
  return comparison;
}

function walk(at: Comparison, reference: TypeRef, before: unknown, after: unknown): void {
  if (before === undefined && after === undefined) {
    return;
  }
  const type = typeOf(reference);
  if (isLeaf(type, before, after)) {
    if (before !== undefined && after !== undefined && !sameJson(before, after)) {
      at.modified.member = true;
    }
  } else {
    for (const [element, below, left, right] of parts(type, before, after)) {
      const child = { added: at.added.at(element), modified: at.modified.at(element), removed: at.removed.at(element) };
      walk(child, below, left, right);
    }
  }
  at.added.member ||= before === undefined;
  at.removed.member ||= after === undefined;
}

/** Two values are compared as wholes when their type says so, and when neither has parts. */
function isLeaf(type: Type, before: unknown, after: unknown): boolean {
  const shape = shapeOf(type, after === undefined ? before : after);
  const hollow = (value: unknown) => value === undefined || value === null || isEmptyContainer(value);
  return shape === 'leaf' || (hollow(before) && hollow(after));
}

function isEmptyContainer(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

function* parts(
  type: Type,
  before: unknown,
  after: unknown,
): Generator<[element: string, type: TypeRef, before: unknown, after: unknown]> {
  if (type.is === 'list') {
    const left = new Map(itemsOf(type, before));
    const right = new Map(itemsOf(type, after));
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      yield [element, type.of, left.get(element), right.get(element)];
    }
    return;
  }
  const left = isMap(before) ? before : {};
  const right = isMap(after) ? after : {};
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    yield [`f:${key}`, entryType(type, key) ?? 'any', left[key], right[key]];
  }
}
