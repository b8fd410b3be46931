/** The least steps from the observed cluster to the wanted one. Pure and deterministic. */
import { type Classification, classify, type Wanted, wantedPrimaries } from './classify.ts';
import type { PodView } from './cluster-view.ts';
import { formSteps } from './form.ts';
import { timeoutSteps } from './forming-timeout.ts';
import { formGroups, type Group } from './placement.ts';
import { noRoom } from './refusals.ts';
import { reshape } from './reshape.ts';
import type { ClusterStep } from './steps.ts';
import { isLeaving, liveShards } from './target.ts';

/** What to do to the cluster. */
export interface TopologyPlan {
  classification: Classification;
  steps: readonly ClusterStep[];
  /** The shards as they will be; empty while the pods are not all there. */
  groups: readonly Group<PodView>[];
}

/** Of maxmemory, what may be full after fewer primaries have taken everything over. */
const FULLEST = 0.9;

/** Plans; a cluster that must not be touched has a refusal in its classification and no steps. */
export function planTopology(pods: readonly PodView[], wanted: Wanted): TopologyPlan {
  const classification = classify(pods, wanted);
  const { kind, live } = classification;
  if (classification.refusal !== undefined) return { classification, steps: [], groups: [] };
  if (kind === 'formed') return planFormed(classification, pods.length, wanted);
  if ((kind !== 'fresh' && kind !== 'partial') || pods.length < wanted.nodes) {
    return { classification, steps: [], groups: [] };
  }
  const groups = formGroups(
    live.filter((pod) => !isLeaving(pod, wanted)),
    wantedPrimaries(wanted),
  );
  return { classification, steps: [...timeoutSteps(live), ...formSteps(live, groups)], groups };
}

/** While pods are still missing, the cluster is shown as it is. */
function planFormed(classification: Classification, pods: number, wanted: Wanted): TopologyPlan {
  const { live, ownership } = classification;
  if (pods < wanted.nodes) {
    const groups = liveShards(live, ownership).map(({ holder, replicas }) => ({ primary: holder, replicas }));
    return { classification, steps: [], groups };
  }
  const { steps, groups, refusal } = reshape(classification, wanted);
  const problem = refusal ?? roomProblem(classification, wanted);
  if (problem === undefined) return { classification, steps, groups };
  return { classification: { ...classification, refusal: problem, mayPass: false }, steps: [], groups: [] };
}

/** Whether fewer primaries have room for everything; without a limit, and for caches that evict, Redis decides itself. */
function roomProblem({ ownership }: Classification, wanted: Wanted): string | undefined {
  const holders = [...ownership.slots.keys()];
  const primaries = wantedPrimaries(wanted);
  const limit = Math.min(...holders.map(({ redis }) => redis.memory.limit));
  if (holders.length <= primaries || !(limit > 0) || holders.some(({ redis }) => redis.memory.evicts)) return undefined;
  const needed = holders.reduce((sum, { redis }) => sum + redis.memory.used, 0) / primaries;
  return needed > limit * FULLEST ? noRoom(needed, limit, primaries) : undefined;
}
