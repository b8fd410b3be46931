/**
 * A node timeout for the moments of forming. A primary that was without a majority, as every fresh node is, refuses
 * commands for as long as the node timeout is, between 500 ms and 5 s; and a node pings each other one in half of it
 * (cluster.c: clusterUpdateState, clusterCron). A short one brings both about at once. It is set for some hundred
 * milliseconds, on nodes without keys, by the script that also sets it back.
 *
 * Should even that script be cut off, its pod with it, the value itself says what to set it back to: it ends in a digit that
 * nobody chooses, and holds the configured one in half seconds.
 */
import type { LivePod } from './cluster-view.ts';
import type { ClusterStep } from './steps.ts';

/** Shortest values for a small and for a large cluster, in which more pings go round than 500 ms have room for. */
const SMALL = { base: 507, most: 40 };
const LARGE = { base: 1503 };
/** A configured timeout is held in units of this many milliseconds, up to so many of them. */
const UNIT = 500;
const MOST_UNITS = 120;
const STEP = 10;

/** The short timeout that stands for the configured one; undefined when that would gain nothing or cannot be held. */
export function shortTimeout(configured: number, nodes: number): number | undefined {
  const units = configured / UNIT;
  if (!Number.isInteger(units) || units < 1 || units > MOST_UNITS) return undefined;
  const { base } = nodes <= SMALL.most ? SMALL : LARGE;
  const short = base + units * STEP;
  return short < configured ? short : undefined;
}

/** The configured timeout that a short one stands for; undefined when it is not one of ours. */
export function configuredTimeout(short: number): number | undefined {
  const base = [SMALL.base, LARGE.base].find((one) => short % STEP === one % STEP);
  const units = base === undefined ? 0 : (short - base) / STEP;
  return units >= 1 && units <= MOST_UNITS ? units * UNIT : undefined;
}

/** Nodes that a forming left with its short timeout. */
export function timeoutSteps(live: readonly LivePod[]): ClusterStep[] {
  return live.flatMap(({ pod, redis }): ClusterStep[] => {
    const milliseconds = redis.nodeTimeout === undefined ? undefined : configuredTimeout(redis.nodeTimeout);
    return milliseconds === undefined ? [] : [{ kind: 'restore-timeout', pod, milliseconds }];
  });
}
