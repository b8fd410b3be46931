/** The least steps from the observed cluster to the wanted one. Pure and deterministic. */
import { attachReplicas } from './attach.ts';
import { type Classification, classify, type Wanted, wantedPrimaries } from './classify.ts';
import { byId, entryFor, knowsWhereabouts, type LivePod, ownSlots, type PodView, strangers } from './cluster-view.ts';
import { formGroups, type Group, pairCost } from './placement.ts';
import { evenRanges, type SlotRange, subtractRanges } from './slots.ts';

/** One thing to do to one node. All steps of one kind are one exec, in the order of `STEP_ORDER`. */
export type ClusterStep =
  | { kind: 'reset'; pod: string }
  | { kind: 'set-epoch'; pod: string; epoch: number }
  | { kind: 'assign-slots'; pod: string; slots: readonly SlotRange[] }
  | { kind: 'meet'; pod: string; peers: readonly string[] }
  | { kind: 'replicate'; pod: string; primary: string }
  | { kind: 'forget'; pod: string; ids: readonly string[] };

/** The kinds in the order in which they are done. */
export const STEP_ORDER = ['reset', 'set-epoch', 'assign-slots', 'meet', 'replicate', 'forget'] as const;

/** What to do to the cluster. */
export interface TopologyPlan {
  classification: Classification;
  steps: readonly ClusterStep[];
  /** The shards as they will be; empty while the pods are not all there. */
  groups: readonly Group<PodView>[];
}

/** Plans; a cluster that must not be touched has a refusal in its classification and no steps. */
export function planTopology(pods: readonly PodView[], wanted: Wanted): TopologyPlan {
  const classification = classify(pods, wanted);
  const { kind, live } = classification;
  if (kind === 'formed') return { classification, ...heal(classification, wanted) };
  if (kind !== 'fresh' && kind !== 'partial') return { classification, steps: [], groups: [] };
  const groups = formGroups(live, wantedPrimaries(wanted));
  const steps = compatible(live, groups)
    ? form(live, groups)
    : [...live.map(reset), ...form(live.map(emptied), groups)];
  return { classification, steps, groups };
}

/** What is left to do to form these groups. */
function form(live: readonly LivePod[], groups: readonly Group<LivePod>[]): ClusterStep[] {
  const ranges = evenRanges(groups.length);
  const now = new Map(live.map((pod) => [pod.pod, pod]));
  const current = (pod: LivePod): LivePod => now.get(pod.pod) ?? pod;
  const order = [...groups.map(({ primary }) => primary), ...groups.flatMap(({ replicas }) => replicas)];
  const epochs = order.flatMap((pod, index): ClusterStep[] => {
    const { self, others } = current(pod).redis;
    return self.configEpoch === 0 && others.length === 0 ? [{ kind: 'set-epoch', pod: pod.pod, epoch: index + 1 }] : [];
  });
  const slots = groups.flatMap(({ primary }, index): ClusterStep[] => {
    const left = subtractRanges(ranges.slice(index, index + 1), ownSlots(current(primary)));
    return left.length > 0 ? [{ kind: 'assign-slots', pod: primary.pod, slots: left }] : [];
  });
  const replicate = groups.flatMap(({ primary, replicas }) =>
    replicas
      .filter((replica) => current(replica).redis.self.primaryId !== primary.redis.id)
      .map((replica): ClusterStep => ({ kind: 'replicate', pod: replica.pod, primary: primary.pod })),
  );
  return [...epochs, ...slots, ...meetings(live), ...replicate];
}

/** Whether everything that is there is a part of these groups, so that nothing has to be undone. */
function compatible(live: readonly LivePod[], groups: readonly Group<LivePod>[]): boolean {
  const ranges = evenRanges(groups.length);
  if (strangers(live).dead.size > 0) return false;
  return groups.every(
    ({ primary, replicas }, index) =>
      primary.redis.role === 'primary' &&
      subtractRanges(ownSlots(primary), ranges.slice(index, index + 1)).length === 0 &&
      replicas.every(
        ({ redis }) =>
          redis.self.slots.length === 0 && (redis.role === 'primary' || redis.self.primaryId === primary.redis.id),
      ),
  );
}

function reset(pod: LivePod): ClusterStep {
  return { kind: 'reset', pod: pod.pod };
}

/** The pod as it will be after a hard reset. Its new id is not known yet; until then the old one stands for it. */
function emptied(pod: LivePod): LivePod {
  const { primaryId: _, ...self } = pod.redis.self;
  return {
    ...pod,
    redis: { ...pod.redis, role: 'primary', others: [], self: { ...self, configEpoch: 0, slots: [], moving: [] } },
  };
}

/**
 * Both ways between every two nodes that do not know each other's address. A node that is told the new address of one it
 * knows by id takes it over at once; gossip alone never does while it holds the old one for the truth.
 */
function meetings(live: readonly LivePod[]): ClusterStep[] {
  const seed = live[0];
  return live.flatMap((pod): ClusterStep[] => {
    const peers = live.filter((peer) => {
      if (peer === pod || knowsWhereabouts(pod, peer)) return false;
      return entryFor(pod, peer) !== undefined || pod === seed || peer === seed;
    });
    return peers.length > 0 ? [{ kind: 'meet', pod: pod.pod, peers: peers.map((peer) => peer.pod) }] : [];
  });
}

/** Meetings, replicas and left-overs of a cluster whose slots are all served. */
function heal(
  { live, ownership }: Classification,
  { replicasPerPrimary }: Wanted,
): { steps: ClusterStep[]; groups: Group<LivePod>[] } {
  const { holders, superseded } = ownership;
  const ids = byId(live);
  const attached = new Map(holders.map((holder) => [holder, [] as LivePod[]]));
  const free: LivePod[] = [];
  for (const pod of live) {
    if (holders.includes(pod) || superseded.includes(pod)) continue;
    const primary = pod.redis.role === 'replica' ? ids.get(pod.redis.self.primaryId ?? '') : undefined;
    const siblings = primary && attached.get(primary);
    if (siblings === undefined) free.push(pod);
    else siblings.push(pod);
  }
  const misled = [...attached].flatMap(([primary, replicas]) =>
    replicas.filter(({ redis }) => redis.linkUp !== true && redis.primaryHost !== primary.ip),
  );
  for (const [primary, replicas] of attached) {
    replicas.sort((a, b) => pairCost(primary, a) - pairCost(primary, b));
    free.push(...replicas.splice(replicasPerPrimary));
  }
  const vacancies = [...attached].map(([primary, replicas]) => ({
    primary,
    wanted: replicasPerPrimary - replicas.length,
  }));
  const attachments = attachReplicas(vacancies, free);
  for (const { primary, replica } of attachments) attached.get(primary)?.push(replica);
  const groups = [...attached].map(([primary, replicas]) => ({ primary, replicas }));
  const moving = new Set([...attachments.map(({ replica }) => replica), ...misled]);
  const replicate = groups.flatMap(({ primary, replicas }) =>
    replicas
      .filter((replica) => moving.has(replica))
      .map((replica): ClusterStep => ({ kind: 'replicate', pod: replica.pod, primary: primary.pod })),
  );
  return { steps: [...meetings(live), ...replicate, ...forgetting(live)], groups };
}

/** Every node forgets the ids that no pod has any more; on all at once, because gossip brings an id back after a minute. */
function forgetting(live: readonly LivePod[]): ClusterStep[] {
  const { dead } = strangers(live);
  return live.flatMap((pod): ClusterStep[] => {
    const ids = [...dead].filter(([, observers]) => observers.includes(pod)).map(([id]) => id);
    return ids.length > 0 ? [{ kind: 'forget', pod: pod.pod, ids }] : [];
  });
}
