/** Chooses a node for a pod, or says why there is none. Pure. */
import type { Pod } from '../objects.ts';
import { domainCounts, neighbours, objection, type Placement, type SchedulableNode } from './filters.ts';

/** Where the pod goes, or the scheduler's sentence why it goes nowhere. */
export type Choice = { node: string } | { reason: string };

/** Among the nodes without objection: the best spread, then the fewest pods, then the first by name. */
export function chooseNode(pod: Pod, placement: Placement, volumeZones: readonly string[]): Choice {
  const objections = new Map<string, number>();
  const possible: SchedulableNode[] = [];
  for (const node of placement.nodes) {
    const reason = objection(pod, node, placement, volumeZones);
    if (reason === undefined) {
      possible.push(node);
    } else {
      objections.set(reason, (objections.get(reason) ?? 0) + 1);
    }
  }
  const ranked = possible
    .map((node) => ({ node, cost: crowding(pod, node, placement), load: loadOf(node, placement) }))
    .sort((a, b) => a.cost - b.cost || a.load - b.load || (a.node.name < b.node.name ? -1 : 1));
  if (ranked[0] !== undefined) {
    return { node: ranked[0].node.name };
  }
  const counts = [...objections].map(([reason, count]) => `${count} ${reason}`).sort();
  return { reason: `0/${placement.nodes.length} nodes are available: ${counts.join(', ')}.` };
}

/** What soft rules hold against a node: pods it would rather be apart from, and fuller domains than others. */
function crowding(pod: Pod, node: SchedulableNode, placement: Placement): number {
  const preferred = pod.spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const apart = preferred.reduce(
    (cost, { weight, podAffinityTerm }) => cost + weight * neighbours(podAffinityTerm, pod, node, placement).length,
    0,
  );
  const spread = (pod.spec.topologySpreadConstraints ?? []).reduce((cost, constraint) => {
    const counts = domainCounts(pod, constraint, placement);
    return cost + 100 * (counts.get(node.labels[constraint.topologyKey] ?? '') ?? 0);
  }, 0);
  return apart + spread;
}

function loadOf(node: SchedulableNode, placement: Placement): number {
  return placement.pods.filter((pod) => pod.spec.nodeName === node.name).length;
}
