/** Wanted objects beside what there is, and what the API server would make of them. Changes nothing. */
import { applyOne, type Ownership } from './apply-objects.ts';
import type { Kube, KubeObject } from './kube.ts';
import { KubeError } from './kube-error.ts';
import { nameOf } from './object-name.ts';

/**
 * Kinds that are deleted when the manifests no longer have them. What holds data, the namespace, volumes and claims, is
 * never deleted by leaving it out.
 */
const PRUNED_KINDS = [
  'deployments',
  'statefulsets',
  'services',
  'configmaps',
  'serviceaccounts',
  'poddisruptionbudgets',
  'horizontalpodautoscalers',
  'networkpolicies',
];

/** One wanted object beside its live counterpart. */
export interface Pair {
  rendered: KubeObject;
  live?: KubeObject;
  /** What applying would store; absent when it could not be asked, because the namespace does not exist. */
  wanted?: KubeObject;
}

/** What there is. */
export interface Comparison {
  pairs: readonly Pair[];
  /** Live objects that are ours and are no longer rendered. */
  leftOver: readonly KubeObject[];
  /** Why the cluster could not be asked: there is none yet, or no namespace. */
  ahead?: string;
}

/** How to compare. */
export interface ComparisonOptions extends Ownership {
  /** Labels of what is ours. Without them nothing counts as left over. */
  ours?: Readonly<Record<string, string>>;
}

/** What is known without a cluster: the objects themselves. */
export function compareNothing(rendered: readonly KubeObject[], ahead: string): Comparison {
  return { pairs: rendered.map((object) => ({ rendered: object })), leftOver: [], ahead };
}

/** Compares with the cluster: live objects, a server-side dry run of all, and what is labelled as ours. */
export async function compare(
  kube: Kube,
  rendered: readonly KubeObject[],
  options: ComparisonOptions,
): Promise<Comparison> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: kube.namespace } };
  const name = (object: KubeObject): string => nameOf(object, kube.namespace);
  const renderedNames = new Set(rendered.map(name));
  const live = await kube.getAll(renderedNames.has(name(namespace)) ? rendered : [namespace, ...rendered]);
  const liveByName = new Map(live.map((object) => [name(object), object]));
  if (!liveByName.has(name(namespace))) return compareNothing(rendered, 'the namespace does not exist yet');
  const [owned, wanted] = await Promise.all([
    options.ours === undefined ? [] : kube.list({ kind: PRUNED_KINDS.join(','), labels: options.ours }),
    dryRun(kube, rendered, options),
  ]);
  const pairs = rendered.map((object, index) => {
    const counterpart = liveByName.get(name(object));
    const outcome = wanted[index];
    return {
      rendered: object,
      ...(counterpart === undefined ? {} : { live: counterpart }),
      ...(outcome === undefined ? {} : { wanted: outcome }),
    };
  });
  return { pairs, leftOver: owned.filter((object) => !renderedNames.has(name(object))) };
}

/** All in one call; one by one only when something is refused, to say which. */
async function dryRun(kube: Kube, rendered: readonly KubeObject[], ownership: Ownership): Promise<KubeObject[]> {
  try {
    return await kube.applyAll(rendered, { dryRun: true, force: ownership.force });
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason === 'unreachable') throw error;
    for (const object of rendered) await applyOne(kube, object, { ...ownership, dryRun: true });
    throw error;
  }
}
