/** Cluster steps and states in words: for the log, the `steps` output and the summary. */
import type { Step } from '#toolkit/action/steps';
import { type Wanted, wantedPrimaries } from './classify.ts';
import { entryFor } from './cluster-view.ts';
import { holdersOf } from './ownership.ts';
import { type Group, type Placed, pairCost } from './placement.ts';
import type { TopologyPlan } from './plan.ts';
import { countSlots, formatRanges } from './slots.ts';
import type { ClusterStep } from './steps.ts';

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
    case 'restore-timeout':
      return { action, target, reason: `${step.milliseconds} ms, left short by a forming` };
    case 'close-slots':
      return { action, target, reason: `${shorten(formatRanges(step.slots))}: no move is under way` };
    case 'name-owner':
      return { action, target, reason: `${shorten(formatRanges(step.slots))} to ${step.owner}` };
    case 'failover':
      return { action, target, reason: `takes over from ${step.primary}` };
    case 'move-slots':
      return {
        action,
        target,
        reason: `${countSlots(step.slots)} to ${step.to}: ${shorten(formatRanges(step.slots))}`,
      };
    case 'forget':
      return { action, target, reason: `${step.ids.length} that no pod is any more` };
    case 'retire':
      return { action, target, reason: 'empty of slots; forgotten by every node' };
  }
}

function shorten(ranges: string): string {
  const words = ranges.split(' ');
  return words.length > 6 ? `${words.slice(0, 6).join(' ')} …` : ranges;
}

/** The state in one word or two, as the log and the topology name it: the gravest when it is more than one. */
export function stateName(plan: TopologyPlan, { pods, problems, wanted }: Seen): string {
  const { classification, steps } = plan;
  if (classification.kind !== 'formed') return classification.kind;
  if (hasMoved(plan)) return 'stale-addresses';
  const kinds = new Set(steps.map(({ kind }) => kind));
  const primaries = holdersOf(classification.ownership).length;
  const size = Math.sign(pods - wanted.nodes) || Math.sign(primaries - wantedPrimaries(wanted));
  if (size !== 0) return size < 0 ? 'undersized' : 'oversized';
  if (['meet', 'replicate', 'forget', 'assign-slots', 'reset'].some((kind) => kinds.has(kind as ClusterStep['kind']))) {
    return 'degraded';
  }
  if (kinds.size > 0) return 'unbalanced';
  return problems.length === 0 ? 'healthy' : 'degraded';
}

/** What the state is named by. */
export interface Seen {
  /** How many pods there are. */
  pods: number;
  problems: readonly string[];
  wanted: Wanted;
}

/** Whether a node is looked for where it is not any more. */
function hasMoved({ classification, steps }: TopologyPlan): boolean {
  const known = new Map(classification.live.map((pod) => [pod.pod, pod]));
  return steps.some(
    (step) =>
      step.kind === 'meet' &&
      step.peers.some((peer) => {
        const [observer, other] = [known.get(step.pod), known.get(peer)];
        return observer !== undefined && other !== undefined && entryFor(observer, other) !== undefined;
      }),
  );
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
