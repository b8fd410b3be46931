/** The observed cluster: every wanted pod, where it runs and what its Redis says. */
import { type ClusterEntry, inHandshake, looksDead } from './cluster-nodes.ts';
import type { NodeAnswer } from './node-answer.ts';
import type { Placed } from './placement.ts';
import type { SlotRange } from './slots.ts';

/** The port of every node; the cluster bus is 10000 above. */
export const REDIS_PORT = 6379;

/** A pod of the StatefulSet that runs, or should. */
export interface PodView extends Placed {
  /** Empty until the pod has one. */
  ip: string;
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

/** How one pod lists another: undefined when it does not know it. */
export function entryFor(observer: LivePod, other: LivePod): ClusterEntry | undefined {
  return observer.redis.others.find((entry) => entry.id === other.redis.id);
}

/** Whether `observer` knows `other` and would find it. */
export function knowsWhereabouts(observer: LivePod, other: LivePod): boolean {
  const entry = entryFor(observer, other);
  return entry !== undefined && !inHandshake(entry) && entry.ip === other.ip && entry.port === REDIS_PORT;
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
