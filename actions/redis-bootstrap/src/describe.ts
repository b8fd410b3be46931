/** Cluster steps and states in words: for the log, the `steps` output and the summary. */
import type { Step } from '#toolkit/action/steps';
import { type Group, type Placed, pairCost } from './placement.ts';
import type { ClusterStep, TopologyPlan } from './plan.ts';
import { formatRanges } from './slots.ts';

/** One cluster step as a step of the action. */
export function describeStep(step: ClusterStep): Step {
  const { kind: action, pod: target } = step;
  switch (step.kind) {
    case 'reset':
      return { action, target, reason: 'empty; left over from a forming that cannot be continued' };
    case 'set-epoch':
      return { action, target, reason: String(step.epoch) };
    case 'assign-slots':
      return { action, target, reason: formatRanges(step.slots) };
    case 'meet':
      return { action, target, reason: step.peers.length > 3 ? `${step.peers.length} peers` : step.peers.join(', ') };
    case 'replicate':
      return { action, target, reason: `of ${step.primary}` };
    case 'forget':
      return { action, target, reason: `${step.ids.length} that no pod is any more` };
  }
}

/** The state in one word or two, as the log and the topology name it. */
export function stateName({ classification, steps }: TopologyPlan, problems: readonly string[]): string {
  if (classification.kind !== 'formed') return classification.kind;
  if (steps.length === 0) return problems.length === 0 ? 'healthy' : 'settling';
  const known = new Map(classification.live.map((pod) => [pod.pod, pod]));
  const moved = steps.some(
    (step) =>
      step.kind === 'meet' &&
      step.peers.some((peer) => {
        const id = known.get(peer)?.redis.id;
        return known.get(step.pod)?.redis.others.some((entry) => entry.id === id);
      }),
  );
  return moved ? 'stale-addresses' : 'degraded';
}

/** What the placement cannot give, each with what to add. */
export function placementWarnings(groups: readonly Group<Placed>[]): string[] {
  const pods = groups.flatMap(({ primary, replicas }) => [primary, ...replicas]);
  const zones = new Set(pods.map((pod) => pod.zone).filter((zone) => zone !== ''));
  const pairs = groups.flatMap(({ primary, replicas }) => replicas.map((replica) => ({ primary, replica })));
  const sameNode = pairs.filter(({ primary, replica }) => primary.node === replica.node);
  const sameZone = pairs.filter(({ primary, replica }) => pairCost(primary, replica) === 1);
  const warnings: string[] = [];
  if (sameNode.length > 0) {
    warnings.push(
      `${listPairs(sameNode)}: on the same node as its primary; the shard is lost with that node. Add nodes to the pool, or spread the pods.`,
    );
  }
  if (zones.size > 1 && sameZone.length > 0) {
    warnings.push(
      `${listPairs(sameZone)}: in the same zone as its primary; the shard is lost with that zone. Spread the pods evenly over zones.`,
    );
  }
  const perNode = new Map<string, number>();
  for (const { primary } of groups) perNode.set(primary.node, (perNode.get(primary.node) ?? 0) + 1);
  for (const [node, count] of perNode) {
    if (count * 2 > groups.length) {
      warnings.push(
        `Node ${node} holds ${count} of ${groups.length} primaries: without it there is no majority for a failover. Spread the pods over three nodes or more.`,
      );
    }
  }
  return warnings;
}

function listPairs(pairs: readonly { replica: Placed }[]): string {
  const shown = pairs.slice(0, 4).map(({ replica }) => replica.pod);
  return pairs.length > shown.length ? `${shown.join(', ')} and ${pairs.length - shown.length} more` : shown.join(', ');
}
