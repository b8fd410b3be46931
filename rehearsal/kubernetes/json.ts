/**
 * Comparing and copying JSON values. Unlike `isDeepStrictEqual` and `structuredClone` these look at content only: an entry
 * that is `undefined` is an absent one, and objects of another realm (a test's) are equal to ours.
 */

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Whether both are the same JSON. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) {
    return true;
  }
  if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right)) {
    return false;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => sameJson(item, right[index]));
  }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => sameJson(left[key], right[key]));
}

/** A deep copy, without absent entries. */
export function copyJson<T>(value: T): T {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => copyJson(item)) as T;
  }
  if (!isObject(value)) {
    return value;
  }
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, copyJson(entry)])) as T;
}
