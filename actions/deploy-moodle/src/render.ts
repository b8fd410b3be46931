import { join, resolve } from 'node:path';
import { UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import { isKustomization, renderOverlay } from '#toolkit/kube/kustomize';
import type { Exec } from '#toolkit/process/exec';
import { foldersOf, overlay } from './overlay.ts';
import type { Known } from './overlay-parts.ts';
import type { Inputs, KubernetesComponent } from './requirements.ts';

/**
 * Renders a component: its base and the components that inputs ask for, through the overlay that the inputs make.
 *
 * @throws UserError when a folder is missing or kustomize refuses one
 */
export async function render(
  inputs: Inputs,
  component: KubernetesComponent,
  known: Known,
  { exec, temporaryDirectory }: { exec: Exec; temporaryDirectory: string },
): Promise<KubeObject[]> {
  const { manifests } = inputs;
  for (const name of foldersOf(inputs, component, known)) {
    if (isKustomization(resolve(manifests, name))) continue;
    throw new UserError(
      `Input "manifests" must be a folder with a kustomization in "${name}"; there is none in "${join(manifests, name)}".`,
    );
  }
  const overlaid = (part: (name: string) => string) => overlay(inputs, component, part, known);
  return renderOverlay(overlaid, { folder: manifests, exec, temporaryDirectory });
}
