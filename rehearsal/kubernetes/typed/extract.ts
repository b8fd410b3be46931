/** The field set of an applied configuration: what its manager says that it wants to own. */
import { itemsOf } from './elements.ts';
import { FieldSet } from './field-set.ts';
import { entryType, isMap, shapeOf, type TypeRef, typeOf } from './schema.ts';

/** All leaves, atomic values, list items, map keys and empty maps of `value`. */
export function extractFieldSet(reference: TypeRef, value: unknown): FieldSet {
  const set = new FieldSet();
  collect(set, reference, value);
  return set;
}

function collect(set: FieldSet, reference: TypeRef, value: unknown): void {
  const type = typeOf(reference);
  const shape = shapeOf(type, value);
  if (shape === 'leaf') {
    set.member = true;
  } else if (shape === 'list' && type.is === 'list') {
    for (const [element, item] of itemsOf(type, value)) {
      const child = set.at(element);
      collect(child, type.of, item);
      child.member = true;
    }
  } else if (isMap(value)) {
    for (const [key, entry] of Object.entries(value)) {
      const child = set.at(`f:${key}`);
      collect(child, entryType(type, key) ?? 'any', entry);
      const hollow = entry === null || (isMap(entry) && Object.keys(entry).length === 0);
      child.member ||= hollow || type.is !== 'struct';
    }
  }
}

/**
 * The set with every struct field that has a member below it made a member itself, but not map keys or items: pruning
 * must see a struct go when its last field goes.
 */
export function withNamedFields(set: FieldSet, reference: TypeRef): FieldSet {
  const result = new FieldSet();
  result.member = set.member;
  const type = typeOf(reference);
  for (const [element, child] of set.children) {
    const isField = element.startsWith('f:');
    const below = isField ? entryType(type, element.slice(2)) : type.is === 'list' ? type.of : undefined;
    const copy = withNamedFields(child, below ?? 'any');
    copy.member ||= isField && type.is === 'struct';
    result.children.set(element, copy);
  }
  return result;
}
