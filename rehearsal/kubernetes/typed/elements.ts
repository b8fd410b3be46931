/** The path elements of list items: what makes two items of a list the same item. */
import { isMap, type Type, typeOf } from './schema.ts';

type ListType = Extract<Type, { is: 'list' }>;

/** The element of an item of a keyed list or a set. A key that is left out takes its default, as protocol TCP of a port. */
export function itemElement(list: ListType, item: unknown): string {
  if (list.merge === 'set') {
    return `v:${JSON.stringify(item)}`;
  }
  const type = typeOf(list.of);
  const defaults = type.is === 'struct' ? type.defaults : {};
  const keys = [...list.keys].sort();
  const values = keys.map((key) => [key, (isMap(item) ? item[key] : undefined) ?? defaults[key] ?? null]);
  return `k:${JSON.stringify(Object.fromEntries(values))}`;
}

/** Items with their elements, in order. */
export function itemsOf(list: ListType, value: unknown): [element: string, item: unknown][] {
  return Array.isArray(value) ? value.map((item) => [itemElement(list, item), item]) : [];
}
