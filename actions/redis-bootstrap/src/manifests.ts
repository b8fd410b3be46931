/** The manifests of one cluster: rendered by kubectl's own kustomize, sized to the inputs, compared with what is live. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Step } from '#toolkit/action/steps';
import { CommandError, UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import type { Exec } from '#toolkit/process/exec';

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
 * Renders the kustomization.
 *
 * @throws UserError when there is none, kubectl refuses it, or the StatefulSet is not in it
 */
export async function renderManifests(inputs: ManifestInputs, exec: Exec): Promise<KubeObject[]> {
  const { manifests } = inputs;
  if (!existsSync(join(manifests, 'kustomization.yaml'))) {
    throw new UserError(`Input "manifests" must be a folder with a kustomization.yaml; "${manifests}" has none.`);
  }
  let text: string;
  try {
    text = (await exec({ command: 'kubectl', args: ['kustomize', manifests] })).stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(`The manifests in "${manifests}" cannot be rendered: ${error.stderr.trim()}`);
  }
  // kustomize writes YAML 1.1, where `0770` is octal.
  const objects = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as KubeObject);
  return sizeObjects(objects, inputs);
}

/** Sets replicas and image of the StatefulSet, and the namespace of everything. Pure. */
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

/** What applying would change. */
export interface ManifestChanges {
  steps: readonly Step[];
  /** Objects to apply; the namespace first when it is missing. */
  objects: readonly KubeObject[];
}

/** Compares with the cluster through a dry run of the API server. Changes nothing. */
export async function compareManifests(kube: Kube, objects: readonly KubeObject[]): Promise<ManifestChanges> {
  if ((await kube.get({ kind: 'Namespace', name: kube.namespace })) === undefined) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: kube.namespace } };
    return createAll(objects.some(({ kind }) => kind === 'Namespace') ? objects : [namespace, ...objects]);
  }
  const [live, wanted] = await Promise.all([kube.getAll(objects), kube.applyAll(objects, { dryRun: true })]);
  const liveByName = new Map(live.map((object) => [targetOf(object), object]));
  const changed = objects.filter((object, index) => !sameObject(liveByName.get(targetOf(object)), wanted[index]));
  return {
    objects: changed,
    steps: changed.map((object) => ({
      action: liveByName.has(targetOf(object)) ? 'update' : 'create',
      target: targetOf(object),
    })),
  };
}

/** Everything is new. */
export function createAll(objects: readonly KubeObject[]): ManifestChanges {
  return { objects, steps: objects.map((object) => ({ action: 'create', target: targetOf(object) })) };
}

function targetOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

/** Fields that the server keeps by itself. */
const KEPT_BY_SERVER = ['managedFields', 'resourceVersion', 'uid', 'generation', 'creationTimestamp'];

function sameObject(live: KubeObject | undefined, wanted: KubeObject | undefined): boolean {
  return live !== undefined && wanted !== undefined && isDeepStrictEqual(tidy(live), tidy(wanted));
}

function tidy({ status: _, metadata, ...rest }: KubeObject): unknown {
  const kept = Object.entries(metadata).filter(([key]) => !KEPT_BY_SERVER.includes(key));
  return { ...rest, metadata: Object.fromEntries(kept) };
}
