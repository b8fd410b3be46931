/** The last stages of a forming: what makes a cluster that was just put together agree and serve at once. */
import { type Wanted, wantedPrimaries } from './classify.ts';
import type { LivePod } from './cluster-view.ts';
import type { NodeRequest, Stage } from './fan-out.ts';
import { shortTimeout } from './forming-timeout.ts';
import { SLOT_COUNT } from './slots.ts';
import type { ClusterStep } from './steps.ts';

/** Bound of the wait for one node, at some twenty looks a second; what has not come about then is waited for by looking again. */
const TRIES = 60;

/**
 * Waits until every node serves, with a short node timeout where that is allowed. It is set back whatever happens.
 *
 * @param steps the steps that were done just before
 */
export function settleStages(live: readonly LivePod[], steps: readonly ClusterStep[], wanted: Wanted): Stage[] {
  const moved = new Set(steps.flatMap((step) => (step.kind === 'replicate' ? [step.pod] : [])));
  const replicas = live.filter(({ pod }) => moved.has(pod));
  const serving = [
    'cluster_state:ok',
    `cluster_slots_ok:${SLOT_COUNT}`,
    `cluster_known_nodes:${live.length}`,
    `cluster_size:${wantedPrimaries(wanted)}`,
  ];
  const all = (command: string, some: readonly LivePod[]): NodeRequest[] =>
    some.map(({ ip, port }) => ({ ip, port, commands: [command] }));
  const set = (timeoutOf: (configured: number) => number | undefined): Stage => ({
    requests: live.flatMap(({ ip, port, redis }) => {
      const configured = redis.nodeTimeout;
      const timeout = configured === undefined ? undefined : timeoutOf(configured);
      return timeout === undefined ? [] : [{ ip, port, commands: [`CONFIG SET cluster-node-timeout ${timeout}`] }];
    }),
  });
  const short = (configured: number): number | undefined => shortTimeout(configured, live.length);
  const stages: Stage[] = [
    // Not earlier: a node pings at once whom it has not heard of for half of it, and so tells the role that it has just got.
    set(short),
    // Links come up while the primaries still wait for the node timeout to be over.
    { requests: all('INFO replication', replicas), until: ['master_link_status:up'], tries: TRIES },
    // Every view has every replica: with the long timeout this takes half of it.
    {
      requests: all('CLUSTER NODES', live),
      until: ['slave'],
      lines: live.length - wantedPrimaries(wanted),
      tries: TRIES,
    },
    { requests: all('CLUSTER INFO', live), until: serving, tries: TRIES },
    set((configured) => (short(configured) === undefined ? undefined : configured)),
  ];
  return stages.filter(({ requests }) => requests.length > 0);
}
