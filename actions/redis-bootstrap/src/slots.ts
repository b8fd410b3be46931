/** Hash slots of Redis Cluster (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/): 0 to 16383. */

/** Number of slots of every Redis Cluster. */
export const SLOT_COUNT = 16384;

/** Slots from `first` to `last`, both included. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** Contiguous ranges, as even as can be, for so many primaries: sizes differ by at most one. */
export function evenRanges(primaries: number): SlotRange[] {
  const start = (index: number): number => Math.floor((index * SLOT_COUNT) / primaries);
  return Array.from({ length: primaries }, (_, index) => ({ first: start(index), last: start(index + 1) - 1 }));
}

/** Sorted ranges without neighbours that touch: the one way to write a set of slots. */
export function normalizeRanges(ranges: readonly SlotRange[]): SlotRange[] {
  const sorted = [...ranges].sort((a, b) => a.first - b.first);
  const merged: SlotRange[] = [];
  for (const range of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && range.first <= previous.last + 1) {
      merged[merged.length - 1] = { first: previous.first, last: Math.max(previous.last, range.last) };
    } else {
      merged.push({ ...range });
    }
  }
  return merged;
}

/** How many slots the ranges hold, each slot once. */
export function countSlots(ranges: readonly SlotRange[]): number {
  return normalizeRanges(ranges).reduce((sum, range) => sum + range.last - range.first + 1, 0);
}

/** `0-5460 5462`, as CLUSTER NODES writes them. */
export function formatRanges(ranges: readonly SlotRange[]): string {
  return normalizeRanges(ranges)
    .map((range) => (range.first === range.last ? `${range.first}` : `${range.first}-${range.last}`))
    .join(' ');
}

/** The slots of `wanted` that are not in `held`. */
export function subtractRanges(wanted: readonly SlotRange[], held: readonly SlotRange[]): SlotRange[] {
  let left = normalizeRanges(wanted);
  for (const cut of held) {
    left = left.flatMap((range) => {
      if (cut.last < range.first || cut.first > range.last) return [range];
      const rest: SlotRange[] = [];
      if (range.first < cut.first) rest.push({ first: range.first, last: cut.first - 1 });
      if (range.last > cut.last) rest.push({ first: cut.last + 1, last: range.last });
      return rest;
    });
  }
  return left;
}

/** The slots that are in both. */
export function intersectRanges(one: readonly SlotRange[], other: readonly SlotRange[]): SlotRange[] {
  return subtractRanges(one, subtractRanges(one, other));
}

/** So many slots from the end of the ranges, or from their beginning; all when there are fewer. */
export function takeSlots(ranges: readonly SlotRange[], count: number, from: 'begin' | 'end'): SlotRange[] {
  const ordered = normalizeRanges(ranges);
  if (from === 'end') ordered.reverse();
  const taken: SlotRange[] = [];
  let left = count;
  for (const { first, last } of ordered) {
    const some = Math.min(left, last - first + 1);
    if (some > 0) taken.push(from === 'end' ? { first: last - some + 1, last } : { first, last: first + some - 1 });
    left -= some;
  }
  return normalizeRanges(taken);
}

/** Every slot by its number. */
export function slotNumbers(ranges: readonly SlotRange[]): number[] {
  return normalizeRanges(ranges).flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
}

/** CRC16 as Redis uses it for keys: XMODEM, polynomial 0x1021 (cluster specification, appendix A). */
function crc16(text: string): number {
  let crc = 0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

/** The slot of a key. A part in braces, when not empty, is all that counts. */
export function slotOf(key: string): number {
  const tag = /^[^{]*\{([^}]+)\}/.exec(key)?.[1];
  return crc16(tag ?? key) % SLOT_COUNT;
}
