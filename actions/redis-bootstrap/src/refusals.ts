/** Why a cluster is not touched, in the words of the error. Each says what to do. */
import type { ClusterEntry } from './cluster-nodes.ts';
import type { LivePod } from './cluster-view.ts';
import { formatRanges, type SlotRange } from './slots.ts';

/** A member that is no pod of ours. */
export function stranger({ id, ip }: ClusterEntry): string {
  return `The cluster has a live member that is none of these pods: node ${id} at ${ip}. If it has just been removed, wait a minute and run again; else take it out of the cluster first (CLUSTER FORGET).`;
}

/** Two clusters. */
export function split([one, other]: readonly [LivePod, LivePod], withKeys: readonly LivePod[]): string {
  return `Two clusters in one StatefulSet: ${one.pod} and ${other.pod} serve the same slots and have never met, and ${names(withKeys)} hold keys. Decide which one to keep and empty the other (FLUSHALL, then CLUSTER RESET on its nodes).`;
}

/** Keys that would be lost by joining. */
export function keysOutside(pods: readonly LivePod[]): string {
  const keys = pods.map((pod) => `${pod.pod} (${pod.redis.keys} ${pod.redis.keys === 1 ? 'key' : 'keys'})`).join(', ');
  return `Keys in nodes that serve no slot of this cluster: ${keys}. They would be lost by joining; save or delete them (FLUSHALL), then run again.`;
}

/** Slots that are gone with their keys. */
export function lostSlots(missing: readonly SlotRange[], withKeys: readonly LivePod[]): string {
  return `Slots ${formatRanges(missing)} are served by no node, while ${names(withKeys)} hold keys. Nothing is reset or reassigned: restore the missing primary (its volume or a backup), or give the keys of these slots up with input "allow-data-loss".`;
}

/** New primaries begin empty. */
export function noEmptyPod(pods: readonly LivePod[]): string {
  return `A new primary has to begin empty, and ${names(pods)} hold copies of keys. Delete their volumes and pods, so that they come back empty, and run again.`;
}

/** Fewer primaries have to hold what more of them did. */
export function noRoom(needed: number, limit: number, primaries: number): string {
  return `${primaries} primaries would hold about ${megabytes(needed)} MB each, and their maxmemory is ${megabytes(limit)} MB. Keep more nodes, or raise maxmemory.`;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024);
}

function names(pods: readonly LivePod[]): string {
  const shown = pods.slice(0, 5).map((pod) => pod.pod);
  return pods.length > shown.length ? `${shown.join(', ')} and ${pods.length - shown.length} more` : shown.join(', ');
}
