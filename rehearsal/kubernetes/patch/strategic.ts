/**
 * Strategic merge patch: lists that have a key merge item by item. The key is the first of the schema's list keys, which
 * is the patchMergeKey of the served types. Directives: $patch, $retainKeys, $setElementOrder/x, $deleteFromPrimitiveList/x.
 */
import { sameJson } from '../json.ts';
import { entryType, isMap, type Type, type TypeRef, typeOf } from '../typed/schema.ts';

type Fields = Record<string, unknown>;

const orderDirective = '$setElementOrder/';
const removalDirective = '$deleteFromPrimitiveList/';

/** `target` with `patch` merged in along the schema. */
export function strategicPatch(reference: TypeRef, target: unknown, patch: unknown): unknown {
  const type = typeOf(reference);
  if (Array.isArray(patch)) {
    return type.is === 'list' ? mergeList(type, Array.isArray(target) ? target : [], patch) : patch;
  }
  return isMap(patch) ? mergeMap(type, isMap(target) ? target : {}, patch) : patch;
}

function mergeMap(type: Type, target: Fields, patch: Fields): Fields {
  const { $patch: directive, $retainKeys: retained, ...changes } = patch;
  if (directive === 'replace') {
    return changes;
  }
  if (directive === 'delete') {
    return {};
  }
  const kept = Object.entries(target).filter(([key]) => !Array.isArray(retained) || retained.includes(key));
  const result: Fields = Object.fromEntries(kept);
  for (const [key, value] of Object.entries(changes)) {
    if (key.startsWith(removalDirective)) {
      const list = key.slice(removalDirective.length);
      const gone = Array.isArray(value) ? value : [];
      result[list] = asList(result[list]).filter((item) => !gone.includes(item));
    } else if (value === null) {
      delete result[key];
    } else if (!key.startsWith(orderDirective)) {
      result[key] = strategicPatch(entryType(type, key) ?? 'any', result[key], value);
    }
  }
  for (const [key, order] of Object.entries(changes).filter(([name]) => name.startsWith(orderDirective))) {
    const list = key.slice(orderDirective.length);
    result[list] = inOrder(asList(result[list]), asList(order));
  }
  return result;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function mergeList(type: Extract<Type, { is: 'list' }>, target: unknown[], patch: unknown[]): unknown[] {
  if (type.merge === 'set') {
    return [...target, ...patch.filter((item) => !target.includes(item))];
  }
  const [key] = type.keys;
  if (key === undefined) {
    return patch;
  }
  const replace = patch.some((item) => isMap(item) && item.$patch === 'replace');
  let result = replace ? [] : [...target];
  for (const item of patch.filter(isMap)) {
    const { $patch: directive, ...changes } = item;
    const index = result.findIndex((candidate) => isMap(candidate) && sameJson(candidate[key], item[key]));
    if (directive === 'delete') {
      result = result.filter((_, position) => position !== index);
    } else if (directive !== 'replace') {
      const merged = strategicPatch(type.of, result[index], changes);
      result = index < 0 ? [...result, merged] : result.with(index, merged);
    }
  }
  return result;
}

/** Items named by the order in that order, the others after them. */
function inOrder(list: readonly unknown[], order: readonly unknown[]): unknown[] {
  const place = (item: unknown) => {
    const index = order.findIndex((wanted) =>
      isMap(wanted) && isMap(item)
        ? Object.entries(wanted).every(([key, value]) => item[key] === value)
        : wanted === item,
    );
    return index < 0 ? order.length : index;
  };
  return list
    .map((item) => ({ item, at: place(item) }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}
