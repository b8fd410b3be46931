/**
 * Objects that only the user's overlay has. Our own are known again by the labels in their manifests; these get one label more,
 * and a ConfigMap lists them, since they may be of any kind. So an object that goes from the overlay goes from the cluster.
 */
import type { Comparison } from '#toolkit/kube/comparison';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import { nameOf, targetOf } from '#toolkit/kube/object-name';
import type { KubernetesComponent } from './requirements.ts';

/** On every object that only an overlay has; its value is the component that the overlay is laid over. */
export const OVERLAY = 'moodle-high-scale/overlay';

/** The labels of everything of a component that this product made. */
export const ours = (component: KubernetesComponent) => ({
  [MANAGED_BY]: 'moodle-high-scale',
  'app.kubernetes.io/component': component,
});

const MANAGED_BY = 'app.kubernetes.io/managed-by';

/** Of this toolkit, though maybe of no component: the namespace is of all. */
const isOurs = ({ metadata }: KubeObject): boolean => metadata.labels?.[MANAGED_BY] === 'moodle-high-scale';

const isInventory = ({ kind, metadata }: KubeObject): boolean =>
  kind === 'ConfigMap' && /^moodle-(services|web|cron)-overlay$/.test(metadata.name);

const overlaid = ({ metadata }: KubeObject): string | undefined => metadata.labels?.[OVERLAY];

/** The objects with the overlay's own marked, and the list of these before all of them but the namespace. Pure. */
export function withInventory(
  rendered: readonly KubeObject[],
  component: KubernetesComponent,
  namespace: string,
): KubeObject[] {
  const marked = rendered.map((object) => (isOurs(object) ? object : mark(object, component)));
  const own = marked.filter((object) => overlaid(object) !== undefined);
  if (own.length === 0) return marked;
  const inventory: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `moodle-${component}-overlay`, namespace, labels: ours(component) },
    data: { objects: linesOf(own) },
  };
  const first = marked.filter(({ kind }) => kind === 'Namespace');
  return [...first, inventory, ...marked.filter(({ kind }) => kind !== 'Namespace')];
}

function mark(object: KubeObject, component: KubernetesComponent): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [OVERLAY]: component } } };
}

/** One a line, `networking.k8s.io/v1 Ingress moodle`; kustomize puts all of them into our namespace, or into none. */
function linesOf(objects: readonly KubeObject[]): string {
  const lines = objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`);
  return [...new Set(lines)].sort().join('\n');
}

function objectsOf({ data }: KubeObject): KubeObject[] {
  return (data?.objects ?? '').split('\n').flatMap((line) => {
    const [apiVersion, kind, name] = line.split(' ');
    return apiVersion === undefined || kind === undefined || name === undefined
      ? []
      : [{ apiVersion, kind, metadata: { name } }];
  });
}

/**
 * Adds to what is left over the objects that the overlay had and has no longer. Only what bears our mark is among them.
 *
 * @returns also the objects that stay all the same; see `whyKept`
 */
export async function addOverlayLeftOver(
  kube: Kube,
  comparison: Comparison,
): Promise<{ comparison: Comparison; kept: KubeObject[] }> {
  const live = [...comparison.pairs.flatMap((pair) => pair.live ?? []), ...comparison.leftOver].find(isInventory);
  const name = (object: KubeObject): string => nameOf(object, kube.namespace);
  const wanted = new Set(comparison.pairs.map(({ rendered }) => name(rendered)));
  const gone = live === undefined ? [] : objectsOf(live).filter((object) => !wanted.has(name(object)));
  if (gone.length === 0) return { comparison, kept: [] };
  const found = (await getKnown(kube, gone)).filter((object) => overlaid(object) !== undefined);
  const others = comparison.leftOver.filter((object) => !isInventory(object));
  // The list itself goes last.
  const lists = comparison.leftOver.filter(isInventory);
  const leftOver = [...others, ...found.filter((object) => whyKept(object) === undefined), ...lists];
  return { comparison: { ...comparison, leftOver }, kept: found.filter((object) => whyKept(object) !== undefined) };
}

/** The objects that there are, of kinds that the cluster may no longer know. */
async function getKnown(kube: Kube, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  try {
    return await kube.getAll(objects);
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'unknown-kind') throw error;
    // A kind that is gone has taken its objects along.
    if (objects.length === 1) return [];
    return (await Promise.all(objects.map((object) => getKnown(kube, [object])))).flat();
  }
}

/** Why leaving an object out of the overlay does not delete it; undefined when it does. */
function whyKept({ kind, metadata }: KubeObject): string | undefined {
  if (kind === 'PersistentVolumeClaim' || kind === 'PersistentVolume') return 'its data would be lost';
  if (kind === 'Secret') return 'its value may be nowhere else';
  if (metadata.namespace === undefined) return 'it is of the whole cluster';
  return undefined;
}

/** What a person is told of an object that stays. */
export function keptSentence(object: KubeObject, namespace: string): string {
  const where = object.metadata.namespace === undefined ? '' : `-n ${namespace} `;
  const command = `kubectl ${where}delete ${object.kind.toLowerCase()} ${object.metadata.name}`;
  return `${targetOf(object)} is no longer in the overlay, and stays in the cluster: ${whyKept(object)}. Delete it when nothing needs it: ${command}`;
}

/**
 * What is applied, with the list naming each object before it is made and until it is gone, so that a run that was killed
 * forgets none. Pure.
 *
 * @returns what to apply before and after the deletions
 */
export function listedThroughout(
  apply: readonly KubeObject[],
  prune: readonly KubeObject[],
): { before: KubeObject[]; after: KubeObject[] } {
  const removed = prune.filter((object) => overlaid(object) !== undefined);
  const last = apply.find(isInventory);
  if (last === undefined || removed.length === 0) return { before: [...apply], after: [] };
  const both = { ...last, data: { objects: linesOf([...objectsOf(last), ...removed]) } };
  return { before: apply.map((object) => (object === last ? both : object)), after: [last] };
}
