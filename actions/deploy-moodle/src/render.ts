import { join, resolve } from 'node:path';
import { UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import { isKustomization, renderOverlay } from '#toolkit/kube/kustomize';
import type { Exec } from '#toolkit/process/exec';
import { foldersOf, overlay } from './overlay.ts';
import type { Known } from './overlay-parts.ts';
import { ALL_COMPONENTS, type Inputs, type KubernetesComponent } from './requirements.ts';

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
  const own = ownComponent(inputs, component);
  const overlaid = (part: (path: string) => string) =>
    overlay(inputs, component, (name) => part(join(manifests, name)), known, own === undefined ? undefined : part(own));
  return renderOverlay(overlaid, { folder: manifests, exec, temporaryDirectory });
}

/**
 * The folder that is laid over a component, if there is one.
 *
 * @throws UserError when the folder of overlays has none for any component, so that a wrong path is not taken for no wish
 */
function ownComponent({ overlay: folder }: Inputs, component: KubernetesComponent): string | undefined {
  if (folder === undefined) return undefined;
  if (!ALL_COMPONENTS.some((name) => isKustomization(resolve(folder, name))))
    throw new UserError(
      `Input "overlay" must be a folder with a kustomization of kind Component in at least one of ${ALL_COMPONENTS.map((name) => `"${name}"`).join(', ')}; "${folder}" has none.`,
    );
  const own = join(folder, component);
  return isKustomization(resolve(own)) ? own : undefined;
}
