/** What is still wrong with a cluster, node by node. CLUSTER INFO alone proves little: it says ok before replicas are attached. */
import { type Wanted, wantedPrimaries } from './classify.ts';
import { inHandshake, looksDead } from './cluster-nodes.ts';
import { byId, entryFor, knowsWhereabouts, type LivePod, livePods, type PodView } from './cluster-view.ts';
import { holdersOf, resolveOwnership } from './ownership.ts';
import { formatRanges, SLOT_COUNT } from './slots.ts';
import { isLeaving } from './target.ts';

/**
 * Every problem as the rest of a sentence, the gravest first; none when the cluster is proven right. Pods beyond the wanted
 * number only have to answer.
 */
export function findProblems(pods: readonly PodView[], wanted: Wanted): string[] {
  if (pods.length < wanted.nodes) return [`${pods.length} of ${wanted.nodes} pods exist`];
  const silent = pods.flatMap(({ pod, redis }) =>
    typeof redis === 'string' ? [`${pod} does not answer: ${redis}`] : [],
  );
  if (silent.length > 0) return silent;
  const live = livePods(pods);
  const staying = live.filter((pod) => !isLeaving(pod, wanted));
  const nodes = staying.flatMap((pod) => nodeProblems(pod, { live, staying, wanted }));
  return [...shapeProblems(live, wanted), ...nodes];
}

function shapeProblems(live: readonly LivePod[], wanted: Wanted): string[] {
  const ownership = resolveOwnership(live);
  const { superseded, rivals, missing } = ownership;
  const holders = holdersOf(ownership);
  const problems: string[] = [];
  if (rivals !== undefined) problems.push(`${rivals[0].pod} and ${rivals[1].pod} both serve the same slots`);
  if (missing.length > 0) problems.push(`slots ${formatRanges(missing)} are served by nobody`);
  if (superseded.length > 0) problems.push(`${superseded[0]?.pod} has not yet heard that another took over its slots`);
  if (holders.length !== wantedPrimaries(wanted)) {
    problems.push(`${holders.length} primaries serve slots, not ${wantedPrimaries(wanted)}`);
  }
  for (const holder of holders) {
    const replicas = live.filter(
      (pod) => pod.redis.self.primaryId === holder.redis.id && !isLeaving(pod, wanted),
    ).length;
    if (replicas !== wanted.replicasPerPrimary) {
      problems.push(`${holder.pod} has ${replicas} replicas, not ${wanted.replicasPerPrimary}`);
    }
  }
  return problems;
}

interface Scene {
  live: readonly LivePod[];
  staying: readonly LivePod[];
  wanted: Wanted;
}

/** What one node says of itself and of the others. */
function nodeProblems(pod: LivePod, { live, staying, wanted }: Scene): string[] {
  const { redis } = pod;
  const problems: string[] = [];
  const expect = (field: string, value: string | number): void => {
    const found = redis.info[field];
    if (found !== String(value)) problems.push(`${pod.pod} says ${field}:${found ?? 'nothing'}, not ${value}`);
  };
  expect('cluster_state', 'ok');
  expect('cluster_slots_assigned', SLOT_COUNT);
  expect('cluster_slots_ok', SLOT_COUNT);
  expect('cluster_slots_pfail', 0);
  expect('cluster_slots_fail', 0);
  expect('cluster_size', wantedPrimaries(wanted));
  if (redis.self.moving.length > 0) problems.push(`${pod.pod} has slots on their way: ${redis.self.moving.join(' ')}`);
  const ids = byId(live);
  for (const entry of redis.others) {
    if (inHandshake(entry)) problems.push(`${pod.pod} is still being introduced to ${entry.ip}`);
    else if (!ids.has(entry.id)) problems.push(`${pod.pod} knows ${entry.id} at ${entry.ip}, which is no pod any more`);
  }
  for (const other of staying) {
    if (other !== pod) problems.push(...viewProblems(pod, other));
  }
  return [...problems, ...linkProblems(pod, ids)];
}

/** Whether one node sees another as that sees itself. */
function viewProblems(observer: LivePod, other: LivePod): string[] {
  const entry = entryFor(observer, other);
  if (entry === undefined) return [`${observer.pod} does not know ${other.pod}`];
  if (!knowsWhereabouts(observer, other)) {
    return [`${observer.pod} looks for ${other.pod} at ${entry.ip || 'no address'}, not at ${other.ip}`];
  }
  if (looksDead(entry)) return [`${observer.pod} holds ${other.pod} for ${entry.flags.join(',')}`];
  const itself = other.redis.self;
  if (entry.primaryId !== itself.primaryId || formatRanges(entry.slots) !== formatRanges(itself.slots)) {
    return [`${observer.pod} and ${other.pod} do not agree on the role or the slots of ${other.pod}`];
  }
  return [];
}

function linkProblems({ pod, redis }: LivePod, ids: ReadonlyMap<string, LivePod>): string[] {
  if ((redis.role === 'replica') !== (redis.self.primaryId !== undefined)) {
    return [`${pod} is ${redis.role} by INFO and not by CLUSTER NODES`];
  }
  if (redis.role === 'primary') return [];
  const primary = ids.get(redis.self.primaryId ?? '');
  if (primary === undefined) return [`${pod} is a replica of a node that is none of these pods`];
  if (redis.primaryHost !== primary.ip) {
    return [`${pod} replicates from ${redis.primaryHost}, while its primary ${primary.pod} is at ${primary.ip}`];
  }
  return redis.linkUp === true ? [] : [`${pod} is not in step with its primary ${primary.pod}: the link is down`];
}
