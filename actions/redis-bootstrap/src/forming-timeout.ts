/**
 * A node timeout for the moments of forming. A primary that was without a majority, as every fresh node is, refuses
 * commands for as long as the node timeout is, between 500 ms and 5 s; and a node pings each other one in half of it
 * (cluster.c: clusterUpdateState, clusterCron). A short one brings both about at once. It is set for some hundred
 * milliseconds, on nodes without keys, by the script that also sets it back.
 *
 * Should even that script be cut off, its pod with it, the value itself says what to set it back to: it is odd, as nobody
 * chooses one, and holds the configured one in half seconds.
 */
import type { LivePod } from './cluster-view.ts';
import type { ClusterStep } from './steps.ts';

/** Shortest values for a small and for a large cluster, in which more pings go round than 500 ms have room for. */
const SMALL = { base: 501, mostNodes: 40 };
const LARGE = { base: 1501 };
/** A configured timeout is held in units of so many milliseconds, up to so many of them. */
const UNIT = 500;
const MOST_UNITS = 120;

/** The short timeout that stands for the configured one; undefined when that would gain nothing or cannot be held. */
export function shortTimeout(configured: number, nodes: number): number | undefined {
  const units = configured / UNIT;
  if (!Number.isInteger(units) || units > MOST_UNITS) return undefined;
  const short = (nodes <= SMALL.mostNodes ? SMALL : LARGE).base + 2 * units;
  return short < configured ? short : undefined;
}

/** The configured timeout that a short one stands for; undefined when it is not one of ours. */
export function configuredTimeout(short: number): number | undefined {
  for (const { base } of [SMALL, LARGE]) {
    const units = (short - base) / 2;
    if (Number.isInteger(units) && units >= 1 && units <= MOST_UNITS) return units * UNIT;
  }
  return undefined;
}

/** Nodes that a forming left with its short timeout. */
export function timeoutSteps(live: readonly LivePod[]): ClusterStep[] {
  return live.flatMap(({ pod, redis }): ClusterStep[] => {
    const milliseconds = redis.nodeTimeout === undefined ? undefined : configuredTimeout(redis.nodeTimeout);
    return milliseconds === undefined ? [] : [{ kind: 'restore-timeout', pod, milliseconds }];
  });
}
