/** What can be done to a cluster. */
import type { SlotRange } from './slots.ts';

/** One thing to do to one node. Neighbours of one kind are done together. */
export type ClusterStep =
  | { kind: 'reset'; pod: string }
  | { kind: 'restore-timeout'; pod: string; milliseconds: number }
  | { kind: 'set-epoch'; pod: string; epoch: number }
  | { kind: 'assign-slots'; pod: string; slots: readonly SlotRange[] }
  | { kind: 'meet'; pod: string; peers: readonly string[] }
  | { kind: 'close-slots'; pod: string; slots: readonly SlotRange[] }
  | { kind: 'name-owner'; pod: string; owner: string; slots: readonly SlotRange[] }
  | { kind: 'replicate'; pod: string; primary: string }
  | { kind: 'failover'; pod: string; primary: string }
  | { kind: 'move-slots'; pod: string; to: string; slots: readonly SlotRange[] }
  | { kind: 'forget'; pod: string; ids: readonly string[] }
  | { kind: 'retire'; pod: string; knownBy: readonly string[] };

/** After these the cluster is looked at anew before anything else is done: ids, roles or owners are others then. */
const TURNING_POINTS: readonly ClusterStep['kind'][] = ['reset', 'failover', 'move-slots', 'retire'];

/**
 * The steps up to the first turning point, divided into neighbours of one kind. Pods are let go by themselves: what was done
 * before may make a role change that they still have to hear of.
 */
export function nextSteps(steps: readonly ClusterStep[]): ClusterStep[][] {
  const groups: ClusterStep[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last?.[0]?.kind === step.kind) last.push(step);
    else if (last !== undefined && (isTurningPoint(last) || step.kind === 'retire')) break;
    else groups.push([step]);
  }
  return groups;
}

/** Whether the cluster is another after these steps of one kind. */
export function isTurningPoint([first]: readonly ClusterStep[]): boolean {
  return first !== undefined && TURNING_POINTS.includes(first.kind);
}
