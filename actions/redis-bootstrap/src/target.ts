/** The shards that a formed cluster is to have: which keep their slots, which give them up, and who is in each. Pure. */
import { attachReplicas } from './attach.ts';
import type { Wanted } from './classify.ts';
import { wantedPrimaries } from './classify.ts';
import type { LivePod } from './cluster-view.ts';
import { holdersOf, type Ownership } from './ownership.ts';
import { comparePods, formGroups, type Group, ordinalOf, pairCost } from './placement.ts';
import { countSlots } from './slots.ts';
import { spreadPrimaries } from './spread.ts';

/** A shard as it is. */
export interface LiveShard {
  holder: LivePod;
  replicas: readonly LivePod[];
}

/** The shards as they are to be. */
export interface Target {
  groups: readonly Group<LivePod>[];
  /** Shards whose slots stay with them, and the member that is to hold them. */
  kept: ReadonlyMap<LiveShard, LivePod>;
  /** Primaries that have no slots yet. */
  chosen: readonly LivePod[];
  /** Pods that hold keys, although a new primary has to be made of one of them. */
  notEmpty: readonly LivePod[];
}

/** Whether the StatefulSet takes this pod away when it has as many replicas as are wanted: the highest ordinals go. */
export function isLeaving(pod: { pod: string }, wanted: Wanted): boolean {
  return ordinalOf(pod.pod) >= wanted.nodes;
}

/** The shards of the cluster now. */
export function liveShards(live: readonly LivePod[], ownership: Ownership): LiveShard[] {
  return holdersOf(ownership).map((holder) => ({
    holder,
    replicas: live.filter(({ redis }) => redis.role === 'replica' && redis.self.primaryId === holder.redis.id),
  }));
}

/**
 * The target. Shards keep their primary where they can, a shard whose primary leaves is handed to a replica that stays, and
 * replicas stay where they are unless another place keeps more of them off their primary's node and zone.
 */
export function targetOf(live: readonly LivePod[], ownership: Ownership, wanted: Wanted): Target {
  const staying = live.filter((pod) => !isLeaving(pod, wanted) && !ownership.superseded.includes(pod));
  const kept = keptShards(liveShards(live, ownership), ownership, wanted);
  const heirs = [...kept.values()];
  const holders = holdersOf(ownership);
  const missing = wantedPrimaries(wanted) - heirs.length;
  const pool = staying.filter((pod) => !heirs.includes(pod) && !holders.includes(pod));
  const { chosen, notEmpty } = missing > 0 ? choosePrimaries(pool, missing, heirs, wanted) : NOBODY;
  const primaries = [...heirs, ...chosen];
  const others = staying.filter((pod) => !primaries.includes(pod));
  return { groups: attach(primaries, others, wanted), kept, chosen, notEmpty };
}

const NOBODY: Pick<Target, 'chosen' | 'notEmpty'> = { chosen: [], notEmpty: [] };

/** At most as many as are wanted: first those whose primary stays, of these the largest. One without a member that stays goes. */
function keptShards(shards: readonly LiveShard[], { slots }: Ownership, wanted: Wanted): Map<LiveShard, LivePod> {
  const size = ({ holder }: LiveShard): number => countSlots(slots.get(holder) ?? []);
  const goes = ({ holder }: LiveShard): number => (isLeaving(holder, wanted) ? 1 : 0);
  const best = [...shards].sort(
    (a, b) => goes(a) - goes(b) || size(b) - size(a) || comparePods(a.holder.pod, b.holder.pod),
  );
  const heirs = best.flatMap((shard): [LiveShard, LivePod][] => {
    const heir = heirOf(shard, wanted);
    return heir === undefined ? [] : [[shard, heir]];
  });
  const kept = new Map(heirs.slice(0, wantedPrimaries(wanted)));
  return new Map([...kept].sort(([a], [b]) => shards.indexOf(a) - shards.indexOf(b)));
}

function heirOf({ holder, replicas }: LiveShard, wanted: Wanted): LivePod | undefined {
  if (!isLeaving(holder, wanted)) return holder;
  const staying = replicas.filter((replica) => !isLeaving(replica, wanted));
  return staying.find(({ redis }) => redis.linkUp === true) ?? staying[0];
}

/**
 * New primaries: empty pods, since only an empty node can begin without slots. A choice that was begun is kept: a pod that
 * is taking its first slots in, or that others follow already although it has none yet.
 */
function choosePrimaries(
  pool: readonly LivePod[],
  count: number,
  heirs: readonly LivePod[],
  wanted: Wanted,
): Pick<Target, 'chosen' | 'notEmpty'> {
  const isReplicaOf = (pod: LivePod, primaries: readonly LivePod[]): boolean =>
    primaries.some(({ redis }) => redis.id === pod.redis.self.primaryId);
  const empty = pool.filter(({ redis }) => redis.keys === 0);
  const begun = pool.filter(
    (pod) => isTaking(pod) || (isEmptyPrimary(pod) && pool.some((other) => isReplicaOf(other, [pod]))),
  );
  const settled = begun.slice(0, count);
  const open = count - settled.length;
  const unattached = empty.filter((pod) => !isReplicaOf(pod, [...heirs, ...begun]) && !settled.includes(pod));
  const candidates = unattached.length >= open ? unattached : empty.filter((pod) => !settled.includes(pod));
  if (candidates.length < open) {
    return { chosen: [], notEmpty: pool.filter(({ redis }) => redis.keys > 0) };
  }
  if (open === 0) return { chosen: settled, notEmpty: [] };
  const others = [...heirs, ...settled];
  const size = wanted.replicasPerPrimary + 1;
  const ways = [spreadPrimaries(sliceUp(candidates, open), others)];
  if (candidates.length === open * size) ways.push(formGroups(candidates, open, others).map(({ primary }) => primary));
  const cost = (chosen: readonly LivePod[]): number => {
    const primaries = [...others, ...chosen];
    return costOf(
      attach(
        primaries,
        pool.filter((pod) => !primaries.includes(pod)),
        wanted,
      ),
    );
  };
  const [best] = ways.map((chosen) => ({ chosen, cost: cost(chosen) })).sort((a, b) => a.cost - b.cost);
  return { chosen: [...settled, ...(best?.chosen ?? [])], notEmpty: [] };
}

function isTaking({ redis }: LivePod): boolean {
  return redis.role === 'primary' && redis.self.moving.length > 0;
}

function isEmptyPrimary({ redis }: LivePod): boolean {
  return redis.role === 'primary' && redis.keys === 0;
}

/** The candidates divided among so many seats, in turns. */
function sliceUp(candidates: readonly LivePod[], seats: number): LivePod[][] {
  return Array.from({ length: seats }, (_, seat) => candidates.filter((_pod, index) => index % seats === seat));
}

function attach(primaries: readonly LivePod[], others: readonly LivePod[], wanted: Wanted): Group<LivePod>[] {
  const vacancies = primaries.map((primary) => ({ primary, wanted: wanted.replicasPerPrimary }));
  const isAttached = (primary: LivePod, pod: LivePod): boolean => pod.redis.self.primaryId === primary.redis.id;
  const attachments = attachReplicas(vacancies, others, isAttached);
  return primaries.map((primary) => ({
    primary,
    replicas: attachments.filter((one) => one.primary === primary).map(({ replica }) => replica),
  }));
}

function costOf(groups: readonly Group<LivePod>[]): number {
  return groups.reduce(
    (sum, { primary, replicas }) => sum + replicas.reduce((more, replica) => more + pairCost(primary, replica), 0),
    0,
  );
}
