/** Renders a component: base and overlay through kubectl's own kustomize, to objects in the order they are applied in. */
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CommandError, UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import type { Exec } from '#toolkit/process/exec';
import { overlay } from './overlay.ts';
import type { Inputs } from './requirements.ts';

/** What others refer to comes first; workloads come last. Kinds that are not here come in between. */
const ORDER: Readonly<Record<string, number>> = {
  Namespace: 0,
  ServiceAccount: 1,
  SecretProviderClass: 2,
  ConfigMap: 3,
  PersistentVolume: 4,
  PersistentVolumeClaim: 5,
  NetworkPolicy: 6,
  Service: 8,
  Deployment: 9,
  StatefulSet: 9,
};
const IN_BETWEEN = 7;

/**
 * Renders a component.
 *
 * @throws UserError when the base is missing or kustomize refuses it
 */
export async function render(
  inputs: Inputs,
  configChecksum: string | undefined,
  { exec, temporaryDirectory }: { exec: Exec; temporaryDirectory: string },
): Promise<KubeObject[]> {
  const base = resolve(inputs.manifests, inputs.component);
  if (!existsSync(join(base, 'kustomization.yaml'))) {
    throw new UserError(
      `Input "manifests" must be a folder with a kustomization in "${inputs.component}"; there is none in "${join(inputs.manifests, inputs.component)}".`,
    );
  }
  const directory = join(realpathSync(temporaryDirectory), 'overlay');
  mkdirSync(directory, { recursive: true });
  // kustomize refuses absolute paths, and resolves links before it compares.
  const kustomization = overlay(inputs, relative(directory, realpathSync(base)), configChecksum);
  // JSON is YAML: no writer is needed.
  writeFileSync(join(directory, 'kustomization.yaml'), JSON.stringify(kustomization, undefined, 2));
  try {
    const { stdout } = await exec({ command: 'kubectl', args: ['kustomize', directory] });
    return parseObjects(stdout);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(`The manifests in "${inputs.manifests}" cannot be rendered: ${error.stderr.trim()}`);
  }
}

/** kustomize writes YAML as Go does, which is version 1.1: there `0770` is octal. */
export function parseObjects(text: string): KubeObject[] {
  const objects = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as KubeObject);
  const rank = ({ kind }: KubeObject): number => ORDER[kind] ?? IN_BETWEEN;
  return objects.filter((object) => object !== null).sort((a, b) => rank(a) - rank(b));
}
