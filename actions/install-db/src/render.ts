import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CommandError, UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import type { Exec } from '#toolkit/process/exec';

/**
 * Renders the base of the Job with kubectl's own kustomize.
 *
 * @throws UserError when the base is missing or kustomize refuses it
 */
export async function renderBase(manifests: string, exec: Exec): Promise<KubeObject[]> {
  const directory = resolve(manifests);
  if (!existsSync(join(directory, 'kustomization.yaml'))) {
    throw new UserError(
      `Input "manifests" must be a folder with a kustomization.yaml; there is none in "${manifests}".`,
    );
  }
  try {
    const { stdout } = await exec({ command: 'kubectl', args: ['kustomize', directory] });
    // kustomize writes YAML 1.1, as Go does.
    return parseAllDocuments(stdout, { version: '1.1' })
      .map((document) => document.toJS() as KubeObject | null)
      .filter((object) => object !== null);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(`The manifests in "${manifests}" cannot be rendered: ${error.stderr.trim()}`);
  }
}
