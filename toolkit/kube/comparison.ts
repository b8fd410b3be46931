/** Wanted objects beside what there is, and what the API server would make of them. Changes nothing. */
import { UserError } from '../errors.ts';
import { applyOne, ObjectRefused, type Ownership } from './apply-objects.ts';
import type { Kube, KubeObject } from './kube.ts';
import { KubeError } from './kube-error.ts';
import { nameOf } from './object-name.ts';

/**
 * Kinds that are deleted when the manifests no longer have them. What holds data, the namespace, volumes and claims, and
 * what is the whole cluster's (priority classes), is never deleted by leaving it out.
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

/** The same, of add-ons that a cluster may not have. */
const PRUNED_ADDON_KINDS = [
  'scaledobjects.keda.sh',
  'triggerauthentications.keda.sh',
  'podmonitors.azmonitoring.coreos.com',
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

/**
 * Compares with the cluster: live objects, a server-side dry run of all, and what is labelled as ours. All three are asked for
 * at once. Where the namespace does not exist yet, which is once, what the other two were answered means nothing.
 */
export async function compare(
  kube: Kube,
  rendered: readonly KubeObject[],
  options: ComparisonOptions,
): Promise<Comparison> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: kube.namespace } };
  const name = (object: KubeObject): string => nameOf(object, kube.namespace);
  const renderedNames = new Set(rendered.map(name));
  const reading = kube.getAll(renderedNames.has(name(namespace)) ? rendered : [namespace, ...rendered]);
  const isThere = reading.then(
    (live) => live.some((object) => name(object) === name(namespace)),
    () => false,
  );
  const looking =
    options.ours === undefined ? Promise.resolve([]) : listLeftOver(kube, options.ours, renderedNames, name);
  const trying = dryRun(kube, rendered, options, { isThere, looking });
  // All have ended before one that failed is told of: none is left running behind an action that ends.
  const [read, looked, tried] = await Promise.allSettled([reading, looking, trying]);
  const live = new Map(answerOf(read).map((object) => [name(object), object]));
  if (!live.has(name(namespace))) return compareNothing(rendered, 'the namespace does not exist yet');
  const [leftOver, wanted] = [answerOf(looked), answerOf(tried)];
  const pairs = rendered.map((object, index) => {
    const counterpart = live.get(name(object));
    const outcome = wanted[index];
    return {
      rendered: object,
      ...(counterpart === undefined ? {} : { live: counterpart }),
      ...(outcome === undefined ? {} : { wanted: outcome }),
    };
  });
  return { pairs, leftOver };
}

function answerOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/**
 * What is ours and no longer rendered. An object with a controller is left to it: some pass their labels on, as a
 * ScaledObject does to its autoscaler.
 */
async function listLeftOver(
  kube: Kube,
  labels: Readonly<Record<string, string>>,
  rendered: ReadonlySet<string>,
  name: (object: KubeObject) => string,
): Promise<KubeObject[]> {
  const isControlled = ({ metadata }: KubeObject): boolean =>
    metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
  const owned = await listOurs(kube, labels);
  return owned.filter((object) => !rendered.has(name(object)) && !isControlled(object));
}

/** All that carries our labels, in one call where the cluster has every add-on. */
async function listOurs(kube: Kube, labels: Readonly<Record<string, string>>): Promise<KubeObject[]> {
  const list = (kinds: readonly string[]): Promise<KubeObject[]> => kube.list({ kind: kinds.join(','), labels });
  try {
    return await list([...PRUNED_KINDS, ...PRUNED_ADDON_KINDS]);
  } catch (error) {
    if (!isUnknownKind(error)) throw error;
    const none = (refusal: unknown): KubeObject[] => {
      if (isUnknownKind(refusal)) return [];
      throw refusal;
    };
    const addons = PRUNED_ADDON_KINDS.map((kind) => list([kind]).catch(none));
    return (await Promise.all([list(PRUNED_KINDS), ...addons])).flat();
  }
}

function isUnknownKind(error: unknown): boolean {
  return error instanceof KubeError && error.reason === 'unknown-kind';
}

/** All in one call; one by one only when something is refused, to say which, and all of them at once. */
async function dryRun(
  kube: Kube,
  rendered: readonly KubeObject[],
  ownership: Ownership,
  { isThere, looking }: { isThere: Promise<boolean>; looking: Promise<readonly KubeObject[]> },
): Promise<KubeObject[]> {
  try {
    return await kube.applyAll(rendered, { dryRun: true, force: ownership.force });
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason === 'unreachable' || error.reason === 'unauthorized') throw error;
    // Without the namespace everything is refused, and for one reason.
    if (!(await isThere)) return [];
    const leftOver = await looking;
    const tried: KubeObject[] = [];
    const refusals: string[] = [];
    for (const object of rendered) {
      try {
        tried.push(await applyOne(kube, object, { ...ownership, dryRun: true }, leftOver));
      } catch (refusal) {
        // Whoever may not write one object may write none: one is enough to say so.
        if (!(refusal instanceof ObjectRefused) || refusal.reason === 'forbidden') throw refusal;
        refusals.push(refusal.message);
      }
    }
    if (refusals.length > 0) throw new UserError([...new Set(refusals)].join('\n'));
    return tried;
  }
}
