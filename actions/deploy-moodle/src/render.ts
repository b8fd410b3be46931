import { join, resolve } from 'node:path';
import { UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import { isKustomization, renderOverlay } from '#toolkit/kube/kustomize';
import type { Exec } from '#toolkit/process/exec';
import { overlay } from './overlay.ts';
import type { Inputs } from './requirements.ts';

/**
 * Renders a component: its base, through the overlay that the inputs make.
 *
 * @throws UserError when the base is missing or kustomize refuses it
 */
export async function render(
  inputs: Inputs,
  configChecksum: string | undefined,
  { exec, temporaryDirectory }: { exec: Exec; temporaryDirectory: string },
): Promise<KubeObject[]> {
  const { manifests, component } = inputs;
  const base = resolve(manifests, component);
  if (!isKustomization(base)) {
    throw new UserError(
      `Input "manifests" must be a folder with a kustomization in "${component}"; there is none in "${join(manifests, component)}".`,
    );
  }
  const overlaid = (path: string) => overlay(inputs, path, configChecksum);
  return renderOverlay(base, overlaid, { folder: manifests, exec, temporaryDirectory });
}
