/** Who serves which slots, from what every node says of itself. */
import { entryFor, type LivePod, ownSlots } from './cluster-view.ts';
import { intersectRanges, normalizeRanges, SLOT_COUNT, type SlotRange, subtractRanges } from './slots.ts';

/** The outcome of all claims. */
export interface Ownership {
  /** Primaries that serve slots, in the order of their first slot, each with the slots that it serves. */
  slots: ReadonlyMap<LivePod, readonly SlotRange[]>;
  /** Former primaries that have not heard yet that others took over all they had: the cluster itself makes replicas of them. */
  superseded: readonly LivePod[];
  /** Two that claim the same slots and have never met: two clusters. */
  rivals?: readonly [LivePod, LivePod];
  /** Slots that nobody serves. */
  missing: readonly SlotRange[];
}

/**
 * Settles the claims, slot by slot. Of two nodes of one cluster that claim the same slot, the one with the higher
 * configuration epoch has it; that is how Redis Cluster itself decides once they talk to each other.
 */
export function resolveOwnership(pods: readonly LivePod[]): Ownership {
  const claimants = pods
    .filter((pod) => ownSlots(pod).length > 0)
    .sort((a, b) => b.redis.self.configEpoch - a.redis.self.configEpoch);
  const won: [LivePod, readonly SlotRange[]][] = [];
  const superseded: LivePod[] = [];
  let rivals: [LivePod, LivePod] | undefined;
  let missing: readonly SlotRange[] = [{ first: 0, last: SLOT_COUNT - 1 }];
  for (const claimant of claimants) {
    const claimed = ownSlots(claimant);
    const contenders = won.filter(([, slots]) => intersectRanges(slots, claimed).length > 0).map(([pod]) => pod);
    const stranger = contenders.find(
      (winner) => entryFor(winner, claimant) === undefined && entryFor(claimant, winner) === undefined,
    );
    if (stranger !== undefined) {
      rivals ??= [stranger, claimant];
      continue;
    }
    const left = intersectRanges(claimed, missing);
    if (left.length > 0) won.push([claimant, left]);
    else superseded.push(claimant);
    missing = subtractRanges(missing, left);
  }
  const first = (slots: readonly SlotRange[]): number => normalizeRanges(slots)[0]?.first ?? 0;
  won.sort(([, a], [, b]) => first(a) - first(b));
  return { slots: new Map(won), superseded, ...(rivals === undefined ? {} : { rivals }), missing };
}

/** The primaries that serve slots. */
export function holdersOf({ slots }: Ownership): LivePod[] {
  return [...slots.keys()];
}
