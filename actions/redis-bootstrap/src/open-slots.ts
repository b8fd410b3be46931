/** Slots that are on their way between two nodes: left over from a move that was cut off, or under way right now. */
import { byId, entryFor, type LivePod } from './cluster-view.ts';
import type { Ownership } from './ownership.ts';
import { normalizeRanges, type SlotRange } from './slots.ts';

/** A slot that must be moved to its end: some of its keys may be there already. */
export interface HalfMoved {
  slot: number;
  from: LivePod;
  to: LivePod;
}

/** Slots whose marks on one node mean nothing any more. */
export interface StaleMarks {
  pod: LivePod;
  slots: readonly SlotRange[];
}

/** What open slots need. */
export interface OpenSlots {
  finish: readonly HalfMoved[];
  /**
   * Those of which the taker does not know whose they are, as when their owner failed over: it listens to nobody about a slot
   * that it takes, turns clients away for want of all slots, and has to be told.
   */
  unnamed: readonly HalfMoved[];
  close: readonly StaleMarks[];
}

interface Mark {
  slot: number;
  pod: LivePod;
  direction: 'to' | 'from';
  peer: string;
}

/** `[93->-<id>]` on the node that gives, `[93-<-<id>]` on the node that takes. */
function marksOf(pod: LivePod): Mark[] {
  // Since Valkey 8 replicas repeat the marks of their primary, for the case that they have to take its place.
  if (pod.redis.role === 'replica') return [];
  return pod.redis.self.moving.flatMap((word): Mark[] => {
    const match = /^\[(\d+)-([<>])-([0-9a-f]{40})\]$/.exec(word);
    if (match === null) return [];
    return [{ slot: Number(match[1]), pod, direction: match[2] === '>' ? 'to' : 'from', peer: match[3] ?? '' }];
  });
}

/**
 * An open slot is always moved on to the node that takes it, never back: keys that are there already stay where they are,
 * and nobody has to know how far the move had got. A mark is taken off where its owner has nobody to give to, and where the
 * taker has the slot already.
 */
export function findOpenSlots(live: readonly LivePod[], { slots, superseded }: Ownership): OpenSlots {
  const ids = byId(live);
  const marks = new Map<number, Mark[]>();
  // A former primary becomes a replica, whose marks mean nothing.
  const marked = live.filter((pod) => !superseded.includes(pod));
  for (const mark of marked.flatMap(marksOf)) marks.set(mark.slot, [...(marks.get(mark.slot) ?? []), mark]);
  const ownerOf = (slot: number): LivePod | undefined => [...slots].find(([, ranges]) => has(ranges, slot))?.[0];
  /** The node of that id, or, since it failed, the one that took its place. */
  const primaryOf = (id: string): LivePod | undefined => {
    const pod = ids.get(id);
    return pod?.redis.self.primaryId === undefined ? pod : ids.get(pod.redis.self.primaryId);
  };
  const finish: HalfMoved[] = [];
  const unnamed: HalfMoved[] = [];
  const close = new Map<LivePod, SlotRange[]>();
  for (const [slot, all] of marks) {
    const owner = ownerOf(slot);
    if (owner === undefined) continue;
    const takers = all.filter(({ direction, pod }) => direction === 'from' && pod !== owner).map(({ pod }) => pod);
    const given = all.find(({ direction, pod }) => direction === 'to' && pod === owner);
    const named = given && primaryOf(given.peer);
    const taker = named !== undefined && named !== owner ? named : takers[0];
    if (taker !== undefined) finish.push({ slot, from: owner, to: taker });
    if (taker !== undefined && takers.includes(taker) && !has(entryFor(taker, owner)?.slots ?? [], slot)) {
      unnamed.push({ slot, from: owner, to: taker });
    }
    for (const { pod, direction } of all) {
      if (pod === owner ? taker === undefined || direction === 'from' : direction === 'to') {
        close.set(pod, [...(close.get(pod) ?? []), { first: slot, last: slot }]);
      }
    }
  }
  const stale = [...close].map(([pod, ranges]) => ({ pod, slots: normalizeRanges(ranges) }));
  return { finish, unnamed, close: stale };
}

function has(ranges: readonly SlotRange[], slot: number): boolean {
  return ranges.some(({ first, last }) => slot >= first && slot <= last);
}
