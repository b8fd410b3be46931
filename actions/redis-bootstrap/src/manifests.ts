/** The manifests of one cluster: rendered, sized to the inputs, compared with what is live. */
import { UserError } from '#toolkit/errors';
import type { Ownership } from '#toolkit/kube/apply-objects';
import { type Comparison, compare, compareNothing } from '#toolkit/kube/comparison';
import type { Kube, KubeObject } from '#toolkit/kube/kube';

/** What somebody else has changed is not taken over. */
export const OWNERSHIP: Ownership = {
  force: false,
  advice: 'Change it back, or leave the field out of the manifests.',
};

/** What of the inputs decides the objects. */
export interface ManifestInputs {
  manifests: string;
  statefulSet: string;
  nodes: number;
  image?: string | undefined;
  namespace: string;
}

interface PodTemplate {
  spec?: { containers?: { name: string; image?: string; command?: string[] }[] };
}

/**
 * Sets replicas and image of the StatefulSet, and the namespace of everything. Pure.
 *
 * @throws UserError when the StatefulSet is not among the objects
 */
export function sizeObjects(objects: readonly KubeObject[], inputs: ManifestInputs): KubeObject[] {
  const { statefulSet, manifests, nodes, image } = inputs;
  const isTarget = ({ kind, metadata }: KubeObject): boolean => kind === 'StatefulSet' && metadata.name === statefulSet;
  if (!objects.some(isTarget)) {
    const names = objects.filter(({ kind }) => kind === 'StatefulSet').map(({ metadata }) => metadata.name);
    throw new UserError(
      `The manifests in "${manifests}" have no StatefulSet "${statefulSet}"; they have ${names.join(', ') || 'none'}.`,
    );
  }
  return objects.map((object) => {
    if (!isTarget(object)) return inNamespace(object, inputs.namespace);
    const spec = object.spec as { template: PodTemplate };
    const template = image === undefined ? spec.template : withImage(spec.template, image);
    return inNamespace({ ...object, spec: { ...spec, replicas: nodes, template } }, inputs.namespace);
  });
}

/** The namespace is the input's, whatever the manifests say. */
function inNamespace(object: KubeObject, namespace: string): KubeObject {
  const { metadata, kind } = object;
  if (kind === 'Namespace') return { ...object, metadata: { ...metadata, name: namespace } };
  return metadata.namespace === undefined ? object : { ...object, metadata: { ...metadata, namespace } };
}

/** A Redis image has the server under another name than a Valkey image. */
function withImage(template: PodTemplate, image: string): PodTemplate {
  const [first, ...rest] = template.spec?.containers ?? [];
  if (first === undefined) return template;
  const repository = image.split('@')[0]?.split('/').at(-1)?.split(':')[0] ?? '';
  const server = repository.includes('redis') ? 'redis-server' : 'valkey-server';
  const command = first.command?.map((word) => (/^(valkey|redis)-server$/.test(word) ? server : word));
  const container = { ...first, image, ...(command === undefined ? {} : { command }) };
  return { ...template, spec: { ...template.spec, containers: [container, ...rest] } };
}

/** Compares with the cluster. A namespace that is missing, and that the manifests do not have, is created first. */
export async function compareManifests(kube: Kube, objects: readonly KubeObject[]): Promise<Comparison> {
  const comparison = await compare(kube, objects, OWNERSHIP);
  if (comparison.ahead === undefined || objects.some(({ kind }) => kind === 'Namespace')) return comparison;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: kube.namespace } };
  return compareNothing([namespace, ...objects], comparison.ahead);
}
