/** Renders kustomizations by kubectl's own kustomize, to objects in the order in which they are applied. */
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CommandError, UserError } from '../errors.ts';
import type { Exec } from '../process/exec.ts';
import { explainingKubectl } from './explain-kubectl.ts';
import type { KubeObject } from './kube.ts';

/** A kustomization, as far as it is used here (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization). */
export interface Kustomization {
  apiVersion: 'kustomize.config.k8s.io/v1beta1';
  kind: 'Kustomization';
  namespace: string;
  resources: string[];
  /** Folders of kind Component, applied in this order to all of the resources. */
  components: string[];
  images: ImageOverride[];
  replicas: { name: string; count: number }[];
  patches: { target: { kind: string; name: string }; patch: string }[];
}

/** An image name of the base and what it becomes. */
export interface ImageOverride {
  name: string;
  newName: string;
  newTag?: string;
  digest?: string;
}

/** What others refer to comes first; workloads come last. Kinds that are not here come in between. */
const ORDER: Readonly<Record<string, number>> = {
  Namespace: 0,
  PriorityClass: 1,
  ServiceAccount: 1,
  SecretProviderClass: 2,
  ConfigMap: 3,
  PersistentVolume: 4,
  PersistentVolumeClaim: 5,
  NetworkPolicy: 6,
  Service: 8,
  Deployment: 9,
  StatefulSet: 9,
  // KEDA refuses one whose target is not there.
  ScaledObject: 10,
};
const IN_BETWEEN = 7;

/** Whether a folder has a kustomization. */
export function isKustomization(folder: string): boolean {
  return existsSync(join(folder, 'kustomization.yaml'));
}

/**
 * Renders a folder.
 *
 * @param folder as the input `manifests` names it
 * @throws UserError when it has no kustomization, or kustomize refuses it
 */
export async function renderKustomization(folder: string, exec: Exec): Promise<KubeObject[]> {
  if (!isKustomization(folder)) {
    throw new UserError(`Input "manifests" must be a folder with a kustomization.yaml; there is none in "${folder}".`);
  }
  return build(folder, folder, exec);
}

/**
 * Renders an overlay that is made for a folder of bases and components.
 *
 * @param overlay makes the overlay, given what turns the path of a folder into what the overlay must call it
 * @param folder the folder of the bases, which a refusal names
 * @throws UserError when kustomize refuses it
 */
export async function renderOverlay(
  overlay: (part: (path: string) => string) => Kustomization,
  { folder, exec, temporaryDirectory }: { folder: string; exec: Exec; temporaryDirectory: string },
): Promise<KubeObject[]> {
  const directory = join(realpathSync(temporaryDirectory), 'overlay');
  mkdirSync(directory, { recursive: true });
  // kustomize refuses absolute paths, and resolves links before it compares.
  const kustomization = overlay((path) => relative(directory, realpathSync(path)));
  // JSON is YAML: no writer is needed.
  writeFileSync(join(directory, 'kustomization.yaml'), JSON.stringify(kustomization, undefined, 2));
  return build(directory, folder, exec);
}

async function build(directory: string, shown: string, exec: Exec): Promise<KubeObject[]> {
  try {
    const { stdout } = await explainingKubectl(exec)({ command: 'kubectl', args: ['kustomize', resolve(directory)] });
    return parseObjects(stdout);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(`The manifests in "${shown}" cannot be rendered: ${error.stderr.trim()}`);
  }
}

/** kustomize writes YAML as Go does, which is version 1.1: there `0770` is octal. */
export function parseObjects(text: string): KubeObject[] {
  const objects = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as KubeObject | null);
  const rank = ({ kind }: KubeObject): number => ORDER[kind] ?? IN_BETWEEN;
  return objects.filter((object) => object !== null).sort((a, b) => rank(a) - rank(b));
}
