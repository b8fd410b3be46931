/** What the observed cluster is, before anything is decided. */
import { type LivePod, livePods, type PodView, strangers } from './cluster-view.ts';
import { type Ownership, resolveOwnership } from './ownership.ts';
import { formatRanges } from './slots.ts';

/** How many nodes are wanted, and in what shape. */
export interface Wanted {
  nodes: number;
  replicasPerPrimary: number;
}

/** Primaries of the wanted shape. */
export function wantedPrimaries(wanted: Wanted): number {
  return wanted.nodes / (wanted.replicasPerPrimary + 1);
}

/**
 * - `absent`: fewer pods than wanted, and none of them is in a cluster
 * - `silent`: pods that do not answer; nothing can be said yet
 * - `fresh`: empty nodes that know nobody
 * - `partial`: no key anywhere, and slots, meetings or replicas left over from a forming that was cut off
 * - `formed`: all slots are served; whether everything is right is for the plan and the verification
 * - `lost-slots`: keys, but not all slots are served
 * - `foreign-data`: keys in a node that serves no slot of this cluster
 * - `foreign-node`: a node that is none of our pods is alive in the cluster
 * - `mixed`: two clusters that hold keys
 * - `other-size`: a cluster of another size than wanted
 */
export type ClusterKind =
  | 'absent'
  | 'silent'
  | 'fresh'
  | 'partial'
  | 'formed'
  | 'lost-slots'
  | 'foreign-data'
  | 'foreign-node'
  | 'mixed'
  | 'other-size';

/** The kind, and what follows from it. */
export interface Classification {
  kind: ClusterKind;
  /** Why the cluster must not be touched, as one sentence that says what to do. */
  refusal?: string;
  /** The refusal may be over in a moment: a failover is due, or a member that has gone is not yet found dead. */
  mayPass: boolean;
  live: readonly LivePod[];
  ownership: Ownership;
}

/** Classifies; pure. Refuses whatever could cost data: keys are sessions of people who are logged in. */
export function classify(pods: readonly PodView[], wanted: Wanted): Classification {
  const live = livePods(pods);
  const ownership = resolveOwnership(live);
  const of = (kind: ClusterKind, refusal?: string, mayPass = false): Classification => ({
    kind,
    mayPass,
    live,
    ownership,
    ...(refusal === undefined ? {} : { refusal }),
  });
  const withKeys = live.filter((pod) => pod.redis.keys > 0);
  const inCluster = live.some((pod) => pod.redis.others.length > 0 || pod.redis.self.slots.length > 0);
  if (pods.length !== wanted.nodes) {
    if (inCluster || withKeys.length > 0)
      return of('other-size', otherSize(pods.length, ownership.holders.length, wanted));
    return of('absent');
  }
  if (live.length < pods.length) return of('silent');
  const { alive } = strangers(live);
  const [stranger] = alive.filter((entry) => !pods.some((pod) => pod.ip === entry.ip));
  if (stranger !== undefined) {
    return of(
      'foreign-node',
      `The cluster has a live member that is none of these pods: node ${stranger.id} at ${stranger.ip}. If it has just been removed, wait a minute and run again; else take it out of the cluster first (CLUSTER FORGET).`,
      true,
    );
  }
  const { holders, superseded, rivals, missing } = ownership;
  if (rivals !== undefined && withKeys.length > 0) {
    return of(
      'mixed',
      `Two clusters in one StatefulSet: ${rivals[0].pod} and ${rivals[1].pod} serve the same slots and have never met, and ${names(withKeys)} hold keys. Decide which one to keep and empty the other (FLUSHALL, then CLUSTER RESET on its nodes).`,
    );
  }
  if (rivals === undefined && missing.length === 0) {
    const outside = withKeys.filter(
      (pod) => pod.redis.role === 'primary' && !holders.includes(pod) && !superseded.includes(pod),
    );
    if (outside.length > 0) return of('foreign-data', foreignData(outside));
    if (holders.length !== wantedPrimaries(wanted)) {
      return of('other-size', otherSize(pods.length, holders.length, wanted));
    }
    return of('formed');
  }
  if (withKeys.length > 0) {
    if (holders.length === 0) return of('foreign-data', foreignData(withKeys));
    return of(
      'lost-slots',
      `Slots ${formatRanges(missing)} are served by no node, while ${names(withKeys)} hold keys. Nothing is reset or reassigned: restore the missing primary (its volume or a backup), or give the slots up by hand (CLUSTER ADDSLOTS).`,
      live.some(
        ({ redis }) => redis.role === 'replica' && !holders.some((holder) => holder.redis.id === redis.self.primaryId),
      ),
    );
  }
  return of(inCluster ? 'partial' : 'fresh');
}

function otherSize(pods: number, primaries: number, wanted: Wanted): string {
  return `The cluster has ${pods} nodes and ${primaries} primaries; inputs "nodes" and "replicas-per-primary" ask for ${wanted.nodes} nodes and ${wantedPrimaries(wanted)} primaries. A cluster that is in use is not resized by this action; give the inputs its present size.`;
}

function foreignData(pods: readonly LivePod[]): string {
  const keys = pods.map((pod) => `${pod.pod} (${pod.redis.keys} ${pod.redis.keys === 1 ? 'key' : 'keys'})`).join(', ');
  return `Keys in nodes that serve no slot of this cluster: ${keys}. They would be lost by joining; save or delete them (FLUSHALL), then run again.`;
}

function names(pods: readonly LivePod[]): string {
  const shown = pods.slice(0, 5).map((pod) => pod.pod);
  return pods.length > shown.length ? `${shown.join(', ')} and ${pods.length - shown.length} more` : shown.join(', ');
}
