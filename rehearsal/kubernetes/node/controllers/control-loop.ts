/**
 * Runs the controllers: after any change, and when one asked to look again, every controller compares wish and world
 * once. Level-triggered as in Kubernetes: nothing depends on having seen a particular event.
 */
import type { Cluster } from '../cluster.ts';

/** Compares wish and world and acts; answers in how many milliseconds it must look again without any change. */
export type Reconcile = (cluster: Cluster) => number | undefined;

/** Starts the loop; the returned function ends it. `log` receives what a controller failed with. */
export function startControlLoop(
  cluster: Cluster,
  controllers: Record<string, Reconcile>,
  log: (line: string) => void,
): () => void {
  let scheduled: NodeJS.Immediate | undefined;
  let cancelTimer: (() => void) | undefined;
  let ended = false;

  const pass = (): void => {
    scheduled = undefined;
    cancelTimer?.();
    let soonest: number | undefined;
    for (const [name, reconcile] of Object.entries(controllers)) {
      try {
        const again = reconcile(cluster);
        soonest = again === undefined ? soonest : Math.min(again, soonest ?? again);
      } catch (error) {
        log(`Controller ${name} failed: ${error instanceof Error ? error.message : String(error)}`);
        soonest = Math.min(1000, soonest ?? 1000);
      }
    }
    cancelTimer = soonest === undefined ? undefined : cluster.clock.after(Math.max(soonest, 10), wake);
  };
  const wake = (): void => {
    if (!ended) {
      scheduled ??= setImmediate(pass);
    }
  };

  const unsubscribe = cluster.onChange(({ object }) => {
    if (object.kind !== 'Event') {
      wake();
    }
  });
  wake();
  return () => {
    ended = true;
    unsubscribe();
    cancelTimer?.();
    if (scheduled !== undefined) {
      clearImmediate(scheduled);
    }
  };
}

/** The sooner of two moments to look again. */
export function sooner(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
}
