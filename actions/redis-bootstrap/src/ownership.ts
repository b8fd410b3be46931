/** Who serves which slots, from what every node says of itself. */
import { entryFor, type LivePod, ownSlots } from './cluster-view.ts';
import { countSlots, normalizeRanges, SLOT_COUNT, type SlotRange, subtractRanges } from './slots.ts';

/** The outcome of all claims. */
export interface Ownership {
  /** Primaries that serve slots. */
  holders: readonly LivePod[];
  /** Former primaries that have not heard yet that another took over: the cluster itself makes replicas of them. */
  superseded: readonly LivePod[];
  /** Two that claim the same slots and have never met: two clusters. */
  rivals?: readonly [LivePod, LivePod];
  /** Slots that nobody serves. */
  missing: readonly SlotRange[];
}

/**
 * Settles the claims. Of two nodes of one cluster that claim the same slot, the one with the higher configuration epoch
 * has it; that is how Redis Cluster itself decides once they talk to each other.
 */
export function resolveOwnership(pods: readonly LivePod[]): Ownership {
  const claimants = pods
    .filter((pod) => ownSlots(pod).length > 0)
    .sort((a, b) => b.redis.self.configEpoch - a.redis.self.configEpoch);
  const holders: LivePod[] = [];
  const superseded: LivePod[] = [];
  let rivals: [LivePod, LivePod] | undefined;
  for (const claimant of claimants) {
    const winner = holders.find((holder) => overlap(ownSlots(holder), ownSlots(claimant)));
    if (winner === undefined) holders.push(claimant);
    else if (entryFor(winner, claimant) !== undefined || entryFor(claimant, winner) !== undefined)
      superseded.push(claimant);
    else rivals ??= [winner, claimant];
  }
  const missing = subtractRanges(
    [{ first: 0, last: SLOT_COUNT - 1 }],
    holders.flatMap((holder) => ownSlots(holder)),
  );
  holders.sort((a, b) => (normalizeRanges(ownSlots(a))[0]?.first ?? 0) - (normalizeRanges(ownSlots(b))[0]?.first ?? 0));
  return { holders, superseded, ...(rivals === undefined ? {} : { rivals }), missing };
}

function overlap(a: readonly SlotRange[], b: readonly SlotRange[]): boolean {
  return countSlots(a) + countSlots(b) > countSlots([...a, ...b]);
}
