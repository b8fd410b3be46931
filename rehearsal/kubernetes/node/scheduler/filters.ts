/** Why a node cannot take a pod. The sentences are those of the kube-scheduler plugins, so that people can search for them. */
import type { Taint } from '../controllers/nodes.ts';
import { type LabelSelector, type Pod, type PodAffinityTerm, type PodSpec, satisfies, selects } from '../objects.ts';

/** A node as the scheduler sees it. */
export interface SchedulableNode {
  name: string;
  labels: Record<string, string>;
  taints: Taint[];
  unschedulable: boolean;
}

/** What is placed already; only pods that have a node and have not ended. */
export interface Placement {
  nodes: readonly SchedulableNode[];
  pods: readonly Pod[];
}

/** The first reason against a node, or undefined. `volumeZones` are the zones of the pod's bound disks. */
export function objection(
  pod: Pod,
  node: SchedulableNode,
  placement: Placement,
  volumeZones: readonly string[],
): string | undefined {
  if (node.unschedulable) {
    return 'node(s) were unschedulable';
  }
  const taint = untolerated(pod.spec, node);
  if (taint !== undefined) {
    return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  }
  if (!matchesNode(pod.spec, node)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  if (volumeZones.some((zone) => node.labels['topology.kubernetes.io/zone'] !== zone)) {
    return 'node(s) had volume node affinity conflict';
  }
  if (spreadTooFar(pod, node, placement)) {
    return "node(s) didn't match pod topology spread constraints";
  }
  const affinity = pod.spec.affinity;
  const apart = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (apart.some((term) => neighbours(term, pod, node, placement).length > 0)) {
    return "node(s) didn't match pod anti-affinity rules";
  }
  const together = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (together.some((term) => neighbours(term, pod, node, placement).length === 0)) {
    return "node(s) didn't match pod affinity rules";
  }
  return refusedByResident(pod, node, placement)
    ? "node(s) didn't satisfy existing pods anti-affinity rules"
    : undefined;
}

/** Whether the node fits the pod's nodeSelector and required node affinity. */
export function matchesNode(spec: PodSpec, node: SchedulableNode): boolean {
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => node.labels[key] === value);
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const matched = terms?.some((term) =>
    (term.matchExpressions ?? []).every((expression) => satisfies(expression, node.labels[expression.key])),
  );
  return selected && (matched ?? true);
}

function untolerated(spec: PodSpec, node: SchedulableNode): Taint | undefined {
  return node.taints.find(
    (taint) =>
      taint.effect !== 'PreferNoSchedule' &&
      !(spec.tolerations ?? []).some((toleration) => {
        const effect =
          toleration.effect === undefined || toleration.effect === '' || toleration.effect === taint.effect;
        const exists = toleration.operator === 'Exists';
        const key = toleration.key === taint.key || (exists && (toleration.key ?? '') === '');
        return effect && key && (exists || (toleration.value ?? '') === (taint.value ?? ''));
      }),
  );
}

/** The pods that a term of (anti-)affinity means and that share the node's topology domain. */
export function neighbours(term: PodAffinityTerm, pod: Pod, node: SchedulableNode, placement: Placement): Pod[] {
  const domain = node.labels[term.topologyKey];
  const namespaces = term.namespaces ?? [pod.metadata.namespace];
  return placement.pods.filter(
    (other) =>
      domain !== undefined &&
      namespaces.includes(other.metadata.namespace) &&
      selects(term.labelSelector, other.metadata.labels) &&
      domainOf(other, term.topologyKey, placement) === domain,
  );
}

function refusedByResident(pod: Pod, node: SchedulableNode, placement: Placement): boolean {
  return placement.pods.some((resident) =>
    (resident.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
      (term) =>
        (term.namespaces ?? [resident.metadata.namespace]).includes(pod.metadata.namespace) &&
        selects(term.labelSelector, pod.metadata.labels) &&
        node.labels[term.topologyKey] !== undefined &&
        domainOf(resident, term.topologyKey, placement) === node.labels[term.topologyKey],
    ),
  );
}

function spreadTooFar(pod: Pod, node: SchedulableNode, placement: Placement): boolean {
  const constraints = pod.spec.topologySpreadConstraints ?? [];
  return constraints.some((constraint) => {
    if (constraint.whenUnsatisfiable === 'ScheduleAnyway') {
      return false;
    }
    const domain = node.labels[constraint.topologyKey];
    const counts = domainCounts(pod, constraint, placement);
    const own = selects(spreadSelector(pod, constraint), pod.metadata.labels) ? 1 : 0;
    const fewest = Math.min(...counts.values());
    return domain === undefined || (counts.get(domain) ?? 0) + own - fewest > constraint.maxSkew;
  });
}

/** How many pods of a spread constraint each domain has, over the nodes that the pod may use at all. */
export function domainCounts(
  pod: Pod,
  constraint: { topologyKey: string; labelSelector?: LabelSelector; matchLabelKeys?: string[] },
  placement: Placement,
): Map<string, number> {
  const selector = spreadSelector(pod, constraint);
  const counts = new Map<string, number>();
  for (const node of placement.nodes) {
    const domain = node.labels[constraint.topologyKey];
    if (domain === undefined || !matchesNode(pod.spec, node)) {
      continue;
    }
    const here = placement.pods.filter(
      (other) =>
        other.spec.nodeName === node.name &&
        other.metadata.namespace === pod.metadata.namespace &&
        other.metadata.deletionTimestamp === undefined &&
        selects(selector, other.metadata.labels),
    );
    counts.set(domain, (counts.get(domain) ?? 0) + here.length);
  }
  return counts;
}

function spreadSelector(
  pod: Pod,
  constraint: { labelSelector?: LabelSelector; matchLabelKeys?: string[] },
): LabelSelector {
  const keys = (constraint.matchLabelKeys ?? []).map((key) => [key, pod.metadata.labels?.[key] ?? '']);
  return {
    ...constraint.labelSelector,
    matchLabels: { ...constraint.labelSelector?.matchLabels, ...Object.fromEntries(keys) },
  };
}

function domainOf(pod: Pod, topologyKey: string, placement: Placement): string | undefined {
  return placement.nodes.find((node) => node.name === pod.spec.nodeName)?.labels[topologyKey];
}
