/** The observed cluster: every wanted pod, where it runs and what its Redis says. */
import { type ClusterEntry, inHandshake, looksDead } from './cluster-nodes.ts';
import type { NodeAnswer } from './node-answer.ts';
import type { Placed } from './placement.ts';
import type { SlotRange } from './slots.ts';

/** A pod of the StatefulSet that runs, or should. */
export interface PodView extends Placed {
  /** Empty until the pod has one. */
  ip: string;
  port: number;
  /** What its Redis answered, or why there is no answer. */
  redis: NodeAnswer | string;
}

/** A pod whose Redis answered. */
export interface LivePod extends PodView {
  redis: NodeAnswer;
}

/** The pods whose Redis answered. */
export function livePods(pods: readonly PodView[]): LivePod[] {
  return pods.filter((pod): pod is LivePod => typeof pod.redis !== 'string');
}

/** Pods by the id of their Redis node. */
export function byId(pods: readonly LivePod[]): Map<string, LivePod> {
  return new Map(pods.map((pod) => [pod.redis.id, pod]));
}

/** Every view is looked at from every side: found by id, once read. */
const entriesById = new WeakMap<NodeAnswer, ReadonlyMap<string, ClusterEntry>>();

/** How one pod lists another: undefined when it does not know it. */
export function entryFor({ redis }: LivePod, other: LivePod): ClusterEntry | undefined {
  const entries = entriesById.get(redis) ?? new Map(redis.others.map((entry) => [entry.id, entry]));
  entriesById.set(redis, entries);
  return entries.get(other.redis.id);
}

/** Those of the observers that list the pod. */
export function knownBy(pod: LivePod, observers: readonly LivePod[]): LivePod[] {
  return observers.filter((observer) => entryFor(observer, pod) !== undefined);
}

/** Whether `observer` knows `other` and would find it. */
export function knowsWhereabouts(observer: LivePod, other: LivePod): boolean {
  const entry = entryFor(observer, other);
  return entry !== undefined && !inHandshake(entry) && entry.ip === other.ip && entry.port === other.port;
}

/** Entries for nodes that are none of our pods: `dead` ones are left over from pods that lost their disk. */
export function strangers(pods: readonly LivePod[]): { alive: ClusterEntry[]; dead: Map<string, LivePod[]> } {
  const ours = byId(pods);
  const sightings = new Map<string, { entry: ClusterEntry; observer: LivePod }[]>();
  for (const observer of pods) {
    for (const entry of observer.redis.others) {
      if (ours.has(entry.id) || inHandshake(entry)) continue;
      sightings.set(entry.id, [...(sightings.get(entry.id) ?? []), { entry, observer }]);
    }
  }
  const alive: ClusterEntry[] = [];
  const dead = new Map<string, LivePod[]>();
  for (const [id, seen] of sightings) {
    const living = seen.find(({ entry }) => !looksDead(entry));
    if (living !== undefined) alive.push(living.entry);
    else
      dead.set(
        id,
        seen.map(({ observer }) => observer),
      );
  }
  return { alive, dead };
}

/** Slots that a pod answers for by its own account. */
export function ownSlots(pod: LivePod): readonly SlotRange[] {
  return pod.redis.role === 'primary' ? pod.redis.self.slots : [];
}
