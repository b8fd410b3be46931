/**
 * How far a Deployment's ReplicaSets may move in one step. The arithmetic is that of pkg/controller/deployment in
 * kubernetes/kubernetes (NewRSNewReplicas, reconcileOldReplicaSets, MaxUnavailable, ResolveFenceposts).
 */
import type { DeploymentSpec, IntOrString } from '../objects.ts';

/** A ReplicaSet as the arithmetic sees it. */
export interface Share {
  size: number;
  available: number;
}

/** The bounds of a rolling update in pods. */
export interface Bounds {
  surge: number;
  unavailable: number;
}

/** Resolves percentages: surge rounds up, unavailable down; when both come to nothing, one pod may be unavailable. */
export function boundsOf(strategy: DeploymentSpec['strategy'], replicas: number): Bounds {
  const surge = scaled(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, Math.ceil);
  const unavailable = scaled(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, Math.floor);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/** A number of pods, given as such or in percent of `total`. */
export function scaled(value: IntOrString, total: number, round: (pods: number) => number): number {
  if (typeof value === 'number') {
    return value;
  }
  return round((Number.parseInt(value, 10) * total) / 100);
}

/** The next sizes of the new ReplicaSet and of the old ones (oldest first), for a rolling update. */
export function nextSizes(
  desired: number,
  bounds: Bounds,
  current: Share,
  old: readonly Share[],
): { current: number; old: number[] } {
  const sizes = old.map((share) => share.size);
  const total = current.size + sum(sizes);
  const room = Math.max(desired + bounds.surge - total, 0);
  const grown = current.size > desired ? desired : current.size + Math.min(room, desired - current.size);
  if (grown !== current.size) {
    return { current: grown, old: sizes };
  }
  const minimum = desired - Math.min(bounds.unavailable, desired);
  let removable = total - minimum - (current.size - current.available);
  for (const [index, share] of old.entries()) {
    const unhealthy = Math.min(share.size - share.available, Math.max(removable, 0));
    sizes[index] = share.size - unhealthy;
    removable -= unhealthy;
  }
  let surplus = Math.min(current.available + sum(old.map((share) => share.available)) - minimum, removable);
  for (const [index, size] of sizes.entries()) {
    const fewer = Math.min(size, Math.max(surplus, 0));
    sizes[index] = size - fewer;
    surplus -= fewer;
  }
  return { current: grown, old: sizes };
}

/** The next sizes for strategy Recreate: nothing new before every old pod has gone. */
export function recreateSizes(
  desired: number,
  oldPods: number,
  old: readonly Share[],
): { current: number; old: number[] } {
  return { current: oldPods > 0 ? 0 : desired, old: old.map(() => 0) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
