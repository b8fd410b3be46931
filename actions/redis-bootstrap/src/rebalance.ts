/** Which slots go from whom to whom, so that the wanted primaries serve all of them evenly. Pure and deterministic. */
import { countSlots, normalizeRanges, SLOT_COUNT, type SlotRange, subtractRanges, takeSlots } from './slots.ts';

/** Slots that one primary gives to another. */
export interface Move<P> {
  from: P;
  to: P;
  slots: readonly SlotRange[];
}

/** What evens the slots out. */
export interface Rebalance<P> {
  /** Slots that nobody serves, and who gets them. */
  grants: readonly { to: P; slots: readonly SlotRange[] }[];
  moves: readonly Move<P>[];
}

/**
 * Evens the slots out, with no more of them moved than must be: sizes differ by at most one in the end, and whoever serves
 * slots and is not among the primaries has none. Slots go to the primary whose own ranges they touch where there is one,
 * else from the end of a range, so that as few ranges as possible come of it.
 *
 * @param primaries those that are to serve the slots
 */
export function rebalance<P>(
  current: ReadonlyMap<P, readonly SlotRange[]>,
  primaries: readonly P[],
  unserved: readonly SlotRange[] = [],
): Rebalance<P> {
  const held = new Map<P, SlotRange[]>(primaries.map((primary) => [primary, [...(current.get(primary) ?? [])]]));
  const target = targetSizes(held);
  const lacks = (primary: P): number => (target.get(primary) ?? 0) - countSlots(held.get(primary) ?? []);
  const grants = new Map<P, SlotRange[]>();
  give(unserved, countSlots(unserved), (to, slots) => grants.set(to, [...(grants.get(to) ?? []), ...slots]));
  const moves: Move<P>[] = [];
  for (const [from, slots] of current) {
    const surplus = countSlots(slots) - (target.get(from) ?? 0);
    const given = new Map<P, SlotRange[]>();
    give(slots, surplus, (to, some) => {
      given.set(to, [...(given.get(to) ?? []), ...some]);
      if (held.has(from)) held.set(from, subtractRanges(held.get(from) ?? [], some));
    });
    for (const [to, some] of given) moves.push({ from, to, slots: normalizeRanges(some) });
  }
  return { grants: [...grants].map(([to, slots]) => ({ to, slots: normalizeRanges(slots) })), moves };

  /** Gives so many of the slots away, to whoever lacks most or is their neighbour. */
  function give(slots: readonly SlotRange[], count: number, note: (to: P, some: SlotRange[]) => void): void {
    let left = normalizeRanges(slots);
    for (let open = count; open > 0; ) {
      const receivers = primaries.filter((primary) => lacks(primary) > 0);
      const neighbour = receivers
        .map((to) => ({ to, side: touching(held.get(to) ?? [], left) }))
        .find(({ side }) => side !== undefined);
      const to = neighbour?.to ?? receivers.sort((a, b) => lacks(b) - lacks(a))[0];
      if (to === undefined) return;
      const some = takeSlots(left, Math.min(open, lacks(to)), neighbour?.side ?? 'end');
      left = subtractRanges(left, some);
      open -= countSlots(some);
      held.set(to, normalizeRanges([...(held.get(to) ?? []), ...some]));
      note(to, some);
    }
  }
}

/** At which end of `slots` the ranges touch them. */
function touching(ranges: readonly SlotRange[], slots: readonly SlotRange[]): 'begin' | 'end' | undefined {
  const [first, last] = [slots[0]?.first ?? 0, slots.at(-1)?.last ?? 0];
  if (ranges.some((range) => range.last + 1 === first)) return 'begin';
  return ranges.some((range) => range.first === last + 1) ? 'end' : undefined;
}

/** Even sizes; where they cannot be equal, whoever has more now keeps one more. */
function targetSizes<P>(held: ReadonlyMap<P, readonly SlotRange[]>): Map<P, number> {
  const base = Math.floor(SLOT_COUNT / held.size);
  const extra = SLOT_COUNT % held.size;
  const bySize = [...held].sort(([, a], [, b]) => countSlots(b) - countSlots(a));
  return new Map(bySize.map(([primary], index) => [primary, index < extra ? base + 1 : base]));
}
