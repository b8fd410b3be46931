/** What of one list belongs to what of another. Pure. */
import { canonicalText, sameValue } from '#toolkit/action/canonical';

/** An item of a list. */
export interface Item {
  value: unknown;
  index: number;
  /** Whether all of it is known, so that it may be taken for an equal one. */
  known: boolean;
}

/** What became of the items. All lists are in the order of `after`, or of `before` where there is no other. */
export interface ListChange {
  same: number;
  changed: { before: Item; after: Item }[];
  removed: Item[];
  added: Item[];
  /** Equal items stand in another order; of no meaning in a set. */
  reordered: boolean;
}

/** Fields that tell which object of a list one is, the surest first. */
export const IDENTIFYING = ['name', 'key', 'id', 'priority', 'address', 'path', 'host', 'port'] as const;

/** Above it, what is not equal counts as removed and added. */
const MOST_COMPARISONS = 100_000;

/**
 * The format does not tell lists from sets. So equal items belong together wherever they stand, then objects with the same
 * name or the like, then the objects that are left, in order.
 */
export function compareLists(before: readonly Item[], after: readonly Item[]): ListChange {
  const { old, fresh, same, reordered } = withoutEqual(before, after);
  const change: ListChange = { same, reordered, changed: [], removed: old, added: fresh };
  if (old.length * fresh.length <= MOST_COMPARISONS) {
    for (const field of IDENTIFYING) pair(change, (a, b) => identity(a, field) === identity(b, field), field);
    pair(change, (a, b) => identity(a, 'name') === undefined || identity(b, 'name') === undefined);
  }
  change.changed.sort((a, b) => a.after.index - b.after.index);
  return change;
}

interface Unequal {
  old: Item[];
  fresh: Item[];
  same: number;
  reordered: boolean;
}

function withoutEqual(before: readonly Item[], after: readonly Item[]): Unequal {
  const twinOf = before.length * after.length <= FEW_COMPARISONS ? amongFew(before) : byText(before);
  const kept = new Set<Item>();
  const fresh: Item[] = [];
  let [last, reordered] = [-1, false];
  for (const item of after) {
    const twin = item.known ? twinOf(item) : undefined;
    if (twin === undefined) {
      fresh.push(item);
      continue;
    }
    kept.add(twin);
    reordered ||= twin.index < last;
    last = Math.max(last, twin.index);
  }
  return { old: before.filter((item) => !kept.has(item)), fresh, same: kept.size, reordered };
}

/** The first equal item that was not taken before; takes it. */
type TwinOf = (item: Item) => Item | undefined;

/** Comparing is quicker than writing out, as long as the items are few. */
const FEW_COMPARISONS = 64;
function amongFew(items: readonly Item[]): TwinOf {
  const waiting = [...items];
  return ({ value }) => {
    const place = waiting.findIndex((item) => sameValue(item.value, value));
    return place < 0 ? undefined : waiting.splice(place, 1)[0];
  };
}

function byText(items: readonly Item[]): TwinOf {
  const waiting = new Map<string, Item[]>();
  for (const item of items) {
    const text = canonicalText(item.value);
    const equal = waiting.get(text);
    if (equal === undefined) waiting.set(text, [item]);
    else equal.push(item);
  }
  // Taken from the end, so the first must be there.
  for (const equal of waiting.values()) equal.reverse();
  return ({ value }) => waiting.get(canonicalText(value))?.pop();
}

/** Moves objects that belong together to `changed`. */
function pair(change: ListChange, belong: (a: Item, b: Item) => boolean, field?: string): void {
  if (change.added.length === 0 || change.removed.length === 0) return;
  const may = (item: Item): boolean => isObject(item) && (field === undefined || identity(item, field) !== undefined);
  change.added = change.added.filter((after) => {
    const before = may(after) ? change.removed.find((item) => may(item) && belong(item, after)) : undefined;
    if (before === undefined) return true;
    change.changed.push({ before, after });
    change.removed = change.removed.filter((item) => item !== before);
    return false;
  });
}

/** The value of an identifying field; undefined when it is none. */
export function identity({ value }: { value: unknown }, field: string): string | number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = (value as Record<string, unknown>)[field];
  return (typeof found === 'string' && found !== '') || typeof found === 'number' ? found : undefined;
}

function isObject({ value }: Item): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
