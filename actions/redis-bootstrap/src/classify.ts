/** What the observed cluster is, before anything is decided. */
import { type LivePod, livePods, type PodView, strangers } from './cluster-view.ts';
import { holdersOf, type Ownership, resolveOwnership } from './ownership.ts';
import * as refusals from './refusals.ts';

/** How many nodes are wanted, in what shape, and what may be lost for it. */
export interface Wanted {
  nodes: number;
  replicasPerPrimary: number;
  /** Whether slots that are lost with their keys may be given to others, empty. */
  mayLoseSlots?: boolean;
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
 * - `formed`: all slots are served, or those that are not may be given up; what is to be done to it is for the plan
 * - `lost-slots`: keys, but not all slots are served
 * - `foreign`: a live member that is none of our pods, or keys in a node that serves no slot of this cluster
 * - `split`: two clusters that hold keys
 */
export type ClusterKind = 'absent' | 'silent' | 'fresh' | 'partial' | 'formed' | 'lost-slots' | 'foreign' | 'split';

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
  if (pods.length < wanted.nodes && !inCluster && withKeys.length === 0) return of('absent');
  if (live.length < pods.length) return of('silent');
  const [stranger] = strangers(live).alive.filter((entry) => !pods.some((pod) => pod.ip === entry.ip));
  if (stranger !== undefined) return of('foreign', refusals.stranger(stranger), true);
  const { superseded, rivals, missing } = ownership;
  const holders = holdersOf(ownership);
  if (rivals !== undefined && withKeys.length > 0) return of('split', refusals.split(rivals, withKeys));
  const isWhole = rivals === undefined && missing.length === 0;
  if (withKeys.length === 0 && !isWhole) return of(inCluster ? 'partial' : 'fresh');
  if (holders.length === 0) return of('foreign', refusals.keysOutside(withKeys));
  const isDue = awaitsFailover(live, holders);
  if (!isWhole && (isDue || wanted.mayLoseSlots !== true)) {
    return of('lost-slots', refusals.lostSlots(missing, withKeys), isDue);
  }
  const outside = withKeys.filter((pod) => isOutside(pod, [...holders, ...superseded]));
  return outside.length > 0 ? of('foreign', refusals.keysOutside(outside)) : of('formed');
}

/**
 * A primary of no slots. One that is taking its first slot in has keys already, and one that was taken over from between two
 * of the commands that it answered says that it is a primary, and then whose replica it is.
 */
function isOutside({ redis }: LivePod, members: readonly LivePod[]): boolean {
  return (
    redis.role === 'primary' &&
    redis.self.primaryId === undefined &&
    redis.self.moving.length === 0 &&
    !members.some((member) => member.redis.id === redis.id)
  );
}

/** A replica is there whose primary serves nothing any more: it will take over. */
function awaitsFailover(live: readonly LivePod[], holders: readonly LivePod[]): boolean {
  return live.some(
    ({ redis }) => redis.role === 'replica' && !holders.some((holder) => holder.redis.id === redis.self.primaryId),
  );
}
