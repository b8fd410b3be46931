/** One text for every way to write the same JSON value. Pure. */

/**
 * JSON with the keys of every object in order. Lists keep theirs: Terraform writes a set in one order whatever the
 * configuration's, and the order of a list is part of its value.
 */
export function canonicalText(value: unknown): string {
  return JSON.stringify(isOrdered(value) ? value : ordered(value)) ?? 'null';
}

/** Terraform's own output nearly always is; asking is much faster than sorting, and the native stringify than any other. */
function isOrdered(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isOrdered);
  let previous = '';
  for (const key in value) {
    if (key < previous || !isOrdered((value as Record<string, unknown>)[key])) return false;
    previous = key;
  }
  return true;
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner)]));
}

/** Whether two JSON values are the same, whatever the order of keys. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((inner, index) => sameValue(inner, b[index]))
    );
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) && sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}
