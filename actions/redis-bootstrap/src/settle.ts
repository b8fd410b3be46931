/** The last stages of a forming: what makes a cluster that was just put together agree and serve at once. */
import { type Wanted, wantedPrimaries } from './classify.ts';
import type { LivePod } from './cluster-view.ts';
import type { Stage } from './fan-out.ts';
import { shortTimeout } from './forming-timeout.ts';
import { SLOT_COUNT } from './slots.ts';
import type { ClusterStep } from './steps.ts';

/** Bound of the wait for one node, at twenty looks a second; what has not come about then is waited for by looking again. */
const TRIES = 60;

/**
 * Waits until every node serves, with a short node timeout where that is allowed. It is set back whatever happens.
 *
 * @param steps the steps that were done just before
 */
export function settleStage(live: readonly LivePod[], steps: readonly ClusterStep[], wanted: Wanted): Stage {
  const replicas = new Set(steps.flatMap((step) => (step.kind === 'replicate' ? [step.pod] : [])));
  const serving = [
    'cluster_state:ok',
    `cluster_slots_ok:${SLOT_COUNT}`,
    `cluster_known_nodes:${live.length}`,
    `cluster_size:${wantedPrimaries(wanted)}`,
  ];
  return live.map(({ pod, ip, port, redis }) => {
    const configured = redis.nodeTimeout;
    const short = configured === undefined ? undefined : shortTimeout(configured, live.length);
    const inStep = { commands: ['INFO replication'], until: ['master_link_status:up'], tries: TRIES };
    return {
      ip,
      port,
      calls: [
        ...(short === undefined ? [] : [{ commands: [`CONFIG SET cluster-node-timeout ${short}`] }]),
        { commands: ['CLUSTER INFO'], until: serving, tries: TRIES },
        ...(replicas.has(pod) ? [inStep] : []),
      ],
      ...(short === undefined ? {} : { finally: [`CONFIG SET cluster-node-timeout ${configured}`] }),
    };
  });
}
