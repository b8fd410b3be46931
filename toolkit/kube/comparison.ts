/** Reads what there is and what the API server would make of what is wanted. Changes nothing. */
import { UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import type { KubernetesComponent } from './requirements.ts';

/** The label and value of everything that this product made; together with the component's it selects what is ours. */
export const OURS = { 'app.kubernetes.io/managed-by': 'moodle-high-scale' };

/** The label that says which component an object belongs to. */
export const COMPONENT = 'app.kubernetes.io/component';

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
export interface Observed {
  pairs: Pair[];
  /** Live objects of this component, for those that are no longer rendered. */
  owned: KubeObject[];
  /** Why the cluster could not be asked: there is none yet. */
  ahead?: string;
}

/** What is known without a cluster: the objects themselves. */
export function observeNothing(rendered: readonly KubeObject[], ahead: string): Observed {
  return { pairs: rendered.map((object) => ({ rendered: object })), owned: [], ahead };
}

/** Compares with the cluster: live objects, a server-side dry run of all, and what is labelled as ours. */
export async function observe(
  kube: Kube,
  component: KubernetesComponent,
  rendered: readonly KubeObject[],
  force: boolean,
): Promise<Observed> {
  const namespace = await kube.get({ kind: 'Namespace', name: kube.namespace });
  if (namespace === undefined) return observeNothing(rendered, 'the namespace does not exist yet');
  const [live, owned, wanted] = await Promise.all([
    kube.getAll(rendered),
    kube.list({ kind: PRUNED_KINDS.join(','), labels: { ...OURS, [COMPONENT]: component } }),
    dryRun(kube, rendered, force),
  ]);
  const liveByName = new Map(live.map((object) => [nameOf(object), object]));
  const pairs = rendered.map((object, index) => {
    const counterpart = liveByName.get(nameOf(object));
    const outcome = wanted[index];
    return {
      rendered: object,
      ...(counterpart === undefined ? {} : { live: counterpart }),
      ...(outcome === undefined ? {} : { wanted: outcome }),
    };
  });
  return { pairs, owned };
}

/** All in one call; one by one only when something is refused, to say which. */
async function dryRun(kube: Kube, rendered: readonly KubeObject[], force: boolean): Promise<KubeObject[]> {
  try {
    return await kube.applyAll(rendered, { dryRun: true, force });
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason === 'unreachable') throw error;
    for (const object of rendered) await applyOne(kube, object, { dryRun: true, force });
    throw error;
  }
}

/**
 * Applies one object.
 *
 * @throws UserError that names the object, and for conflicts what can be done
 */
export async function applyOne(
  kube: Kube,
  object: KubeObject,
  options: { dryRun: boolean; force: boolean },
): Promise<KubeObject> {
  try {
    return await kube.apply(object, options);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.reason !== 'conflict') throw new UserError(`${targetOf(object)}: ${error.message}`);
    const fields = error.conflicts.map(({ field, manager }) => `${field} was changed by "${manager}"`).join(', ');
    throw new UserError(
      `${targetOf(object)}: ${fields}. Change it back, or set input "force-conflicts" to true to take it over.`,
    );
  }
}

/** `Deployment/moodle-web`. */
export function targetOf(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

/** What tells an object from all others of a cluster; the API group tells kinds of the same name apart. */
export function nameOf(object: KubeObject): string {
  const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
  return [group, object.kind, object.metadata.namespace ?? '', object.metadata.name].join('/');
}
