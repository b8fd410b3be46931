/** The steps from a cluster whose slots are served to the wanted one: healing, growing, shrinking, evening out. Pure. */
import type { Classification, Wanted } from './classify.ts';
import { knownBy, type LivePod, strangers } from './cluster-view.ts';
import { timeoutSteps } from './forming-timeout.ts';
import { meetings } from './meetings.ts';
import { findOpenSlots, type HalfMoved } from './open-slots.ts';
import { holdersOf } from './ownership.ts';
import { type Group, pairCost } from './placement.ts';
import { rebalance } from './rebalance.ts';
import { noEmptyPod } from './refusals.ts';
import { normalizeRanges, type SlotRange, subtractRanges } from './slots.ts';
import { evenOutPrimaries } from './spread.ts';
import type { ClusterStep } from './steps.ts';
import { isLeaving, type Target, targetOf } from './target.ts';

/** The steps, and the shards that come of them. */
export interface Reshaped {
  steps: readonly ClusterStep[];
  groups: readonly Group<LivePod>[];
  /** Why it cannot be done, as a sentence. */
  refusal?: string;
}

/** Plans; see the order of the steps at its end. */
export function reshape({ live, ownership }: Classification, wanted: Wanted): Reshaped {
  const target = targetOf(live, ownership, wanted);
  const { groups, notEmpty } = target;
  if (notEmpty.length > 0) return { steps: [], groups: [], refusal: noEmptyPod(notEmpty) };
  const holders = holdersOf(ownership);
  const primaries = groups.map(({ primary }) => primary);
  const needed = live.filter((pod) => !isLeaving(pod, wanted) || holders.includes(pod));
  const open = findOpenSlots(live, ownership);
  const finish = movesOf(open.finish);
  const { grants, moves } = rebalance(afterwards(ownership.slots, target, finish), primaries, ownership.missing);
  const [early, late] = replications(groups, holders, primaries);
  const gone = forgetting(live, wanted);
  const assign = grants.map(({ to, slots }): ClusterStep => ({ kind: 'assign-slots', pod: to.pod, slots }));
  const steps = [
    ...timeoutSteps(live),
    ...emptying(target),
    ...meetings(needed),
    // A slot of a node that is remembered counts as taken.
    ...(assign.length > 0 ? [...gone, ...assign] : []),
    ...open.close.map(({ pod, slots }): ClusterStep => ({ kind: 'close-slots', pod: pod.pod, slots })),
    ...movesOf(open.unnamed).map(
      ({ from, to, slots }): ClusterStep => ({ kind: 'name-owner', pod: to.pod, owner: from.pod, slots }),
    ),
    ...early,
    ...handovers(target),
    ...[...finish, ...moves].map(
      ({ from, to, slots }): ClusterStep => ({ kind: 'move-slots', pod: from.pod, to: to.pod, slots }),
    ),
    ...late,
    ...(assign.length > 0 ? [] : gone),
  ];
  const isWhole = groups.every(({ replicas }) => replicas.length === wanted.replicasPerPrimary);
  const isSettled = steps.length === 0 && isWhole && ownership.superseded.length === 0;
  const even = isSettled ? evenOut(groups) : { steps, groups };
  // Who is forgotten hears of no later change of roles, and would tell clients of slots that nobody serves.
  return { steps: [...even.steps, ...retirements(live, wanted)], groups: even.groups };
}

interface SlotMove {
  from: LivePod;
  to: LivePod;
  slots: readonly SlotRange[];
}

/** Single slots between the same two nodes as one move. */
function movesOf(single: readonly HalfMoved[]): SlotMove[] {
  const moves: SlotMove[] = [];
  for (const { from, to, slot } of single) {
    const slots = [{ first: slot, last: slot }];
    const same = moves.find((move) => move.from === from && move.to === to);
    if (same === undefined) moves.push({ from, to, slots });
    else same.slots = normalizeRanges([...same.slots, ...slots]);
  }
  return moves;
}

/** The slots as they will be when shards are handed over and open slots are where they were going. */
function afterwards(
  slots: ReadonlyMap<LivePod, readonly SlotRange[]>,
  { kept }: Target,
  finish: readonly SlotMove[],
): Map<LivePod, readonly SlotRange[]> {
  const heirs = new Map([...kept].map(([{ holder }, heir]) => [holder, heir]));
  const heirOf = (pod: LivePod): LivePod => heirs.get(pod) ?? pod;
  const after = new Map([...slots].map(([pod, ranges]) => [heirOf(pod), ranges]));
  for (const { from, to, slots: moved } of finish) {
    after.set(heirOf(from), subtractRanges(after.get(heirOf(from)) ?? [], moved));
    after.set(heirOf(to), normalizeRanges([...(after.get(heirOf(to)) ?? []), ...moved]));
  }
  return after;
}

/** New primaries that are somebody's replica now; they hold no keys. */
function emptying({ chosen }: Target): ClusterStep[] {
  return chosen.filter(({ redis }) => redis.role === 'replica').map(({ pod }): ClusterStep => ({ kind: 'reset', pod }));
}

/**
 * Replicas whose primary is to be another, or who follow a wrong address. Late are those who have to be what they are until
 * slots have moved: primaries that still serve some, the replicas of these, and whoever is to follow a replica of today.
 */
function replications(
  groups: readonly Group<LivePod>[],
  holders: readonly LivePod[],
  primaries: readonly LivePod[],
): [ClusterStep[], ClusterStep[]] {
  const early: ClusterStep[] = [];
  const late: ClusterStep[] = [];
  for (const { primary, replicas } of groups) {
    for (const replica of replicas) {
      const { self, linkUp, primaryHost } = replica.redis;
      const isAttached = self.primaryId === primary.redis.id;
      if (isAttached && (linkUp === true || primaryHost === primary.ip)) continue;
      const follows = holders.find(({ redis }) => redis.id === self.primaryId);
      const isBound = holders.includes(replica) || (follows !== undefined && !primaries.includes(follows));
      const when = isBound || primary.redis.role === 'replica' ? late : early;
      when.push({ kind: 'replicate', pod: replica.pod, primary: primary.pod });
    }
  }
  return [early, late];
}

/** Shards whose primary leaves are handed to their heir, who has to follow it for that. */
function handovers({ kept }: Target): ClusterStep[] {
  const leaving = [...kept].filter(([{ holder }, heir]) => heir !== holder);
  return [
    ...leaving
      .filter(([{ holder }, { redis }]) => redis.linkUp !== true && redis.primaryHost !== holder.ip)
      .map(([{ holder }, { pod }]): ClusterStep => ({ kind: 'replicate', pod, primary: holder.pod })),
    ...leaving.map(([{ holder }, { pod }]): ClusterStep => ({ kind: 'failover', pod, primary: holder.pod })),
  ];
}

/** Every node forgets the ids that no pod has any more; on all at once, because gossip brings an id back after a minute. */
function forgetting(live: readonly LivePod[], wanted: Wanted): ClusterStep[] {
  const { dead } = strangers(live);
  return live
    .filter((pod) => !isLeaving(pod, wanted))
    .flatMap((pod): ClusterStep[] => {
      const ids = [...dead].filter(([, observers]) => observers.includes(pod)).map(([id]) => id);
      return ids.length > 0 ? [{ kind: 'forget', pod: pod.pod, ids }] : [];
    });
}

/** Pods that leave, while anybody who stays knows them. */
function retirements(live: readonly LivePod[], wanted: Wanted): ClusterStep[] {
  const staying = live.filter((pod) => !isLeaving(pod, wanted));
  return live
    .filter((pod) => isLeaving(pod, wanted))
    .map((pod) => ({ pod, observers: knownBy(pod, staying) }))
    .filter(({ observers }) => observers.length > 0)
    .map(
      ({ pod, observers }): ClusterStep => ({ kind: 'retire', pod: pod.pod, knownBy: observers.map((one) => one.pod) }),
    );
}

/** Primaries that are uneven over zones change places with a replica that is in step. */
function evenOut(groups: readonly Group<LivePod>[]): Reshaped {
  const candidates = groups.map(({ primary, replicas }) => [
    primary,
    ...replicas.filter(
      (replica) =>
        replica.redis.linkUp === true &&
        replicas.every((other) => other === replica || pairCost(replica, other) <= pairCost(primary, other)) &&
        pairCost(replica, primary) === 0,
    ),
  ]);
  const primaries = evenOutPrimaries(candidates);
  const steps = groups.flatMap(({ primary }, index): ClusterStep[] => {
    const next = primaries[index];
    return next === undefined || next === primary ? [] : [{ kind: 'failover', pod: next.pod, primary: primary.pod }];
  });
  const after = groups.map(({ primary, replicas }, index) => {
    const next = primaries[index] ?? primary;
    return { primary: next, replicas: [primary, ...replicas].filter((pod) => pod !== next) };
  });
  return { steps, groups: steps.length > 0 ? after : groups };
}
