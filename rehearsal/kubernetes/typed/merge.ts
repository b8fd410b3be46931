/** Merging an applied configuration into a live object, and taking fields out of an object, both along the schema. */
import { itemElement, itemsOf } from './elements.ts';
import type { FieldSet } from './field-set.ts';
import { entryType, isMap, shapeOf, type Type, type TypeRef, typeOf } from './schema.ts';

/** `live` with `config` laid over it: maps and keyed lists merge, everything else of `config` replaces; null removes. */
export function mergeTyped(reference: TypeRef, live: unknown, config: unknown): unknown {
  if (config === undefined) {
    return live;
  }
  const type = typeOf(reference);
  const shape = shapeOf(type, config);
  if (config === null || shape === 'leaf' || live === undefined || live === null) {
    return config;
  }
  if (shape === 'list' && type.is === 'list') {
    return mergeItems(type, live, config);
  }
  if (!isMap(config) || !isMap(live)) {
    return config;
  }
  const merged: Record<string, unknown> = { ...live };
  for (const [key, value] of Object.entries(config)) {
    merged[key] = mergeTyped(entryType(type, key) ?? 'any', live[key], value);
  }
  return merged;
}

/**
 * The order of structured-merge-diff: shared items in the order of the configuration, items of only one side where they
 * stand relative to them, the live ones first.
 */
function mergeItems(type: Extract<Type, { is: 'list' }>, live: unknown, config: unknown): unknown[] {
  const left = itemsOf(type, live);
  const right = itemsOf(type, config);
  const leftItems = new Map(left);
  const rightElements = new Set(right.map(([element]) => element));
  const shared = right.map(([element]) => element).filter((element) => leftItems.has(element));
  const merged: unknown[] = [];
  let head = 0;
  for (const [element, item] of right) {
    for (let own = left[head]; own !== undefined && own[0] !== element; own = left[head]) {
      if (own[0] === shared[0]) {
        break;
      }
      head += 1;
      if (!rightElements.has(own[0])) {
        merged.push(own[1]);
      }
    }
    head += left[head]?.[0] === element ? 1 : 0;
    if (shared[0] === element) {
      shared.shift();
    }
    merged.push(mergeTyped(type.of, leftItems.get(element), item));
  }
  const rest = left.slice(head).filter(([element]) => !rightElements.has(element));
  return [...merged, ...rest.map(([, item]) => item)];
}

/** `value` without the paths in `remove`; a map or list that loses its last entry goes too. */
export function removeFields(reference: TypeRef, value: unknown, remove: FieldSet): unknown {
  const type = typeOf(reference);
  if (shapeOf(type, value) === 'leaf' || remove.isEmpty()) {
    return value;
  }
  if (type.is === 'list') {
    const kept = Array.isArray(value) ? value.flatMap((item) => keepItem(type, item, remove)) : [];
    return kept.length === 0 ? undefined : kept;
  }
  if (!isMap(value)) {
    return value;
  }
  const kept: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    const below = remove.children.get(`f:${key}`);
    const rest = below === undefined ? entry : removeFields(entryType(type, key) ?? 'any', entry, below);
    if (below?.member !== true && rest !== undefined) {
      kept[key] = rest;
    }
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function keepItem(type: Extract<Type, { is: 'list' }>, item: unknown, remove: FieldSet): unknown[] {
  const below = remove.children.get(itemElement(type, item));
  if (below === undefined) {
    return [item];
  }
  return below.member ? [] : [removeFields(type.of, item, below)].filter((rest) => rest !== undefined);
}

/** Without null entries of structs and maps, which decoding into typed objects drops. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  if (!isMap(value)) {
    return value;
  }
  const entries = Object.entries(value).filter(([, entry]) => entry !== null);
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutNulls(entry)]));
}
