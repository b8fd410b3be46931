/**
 * The kustomize overlay that turns bases with placeholders into the objects of one environment. Pure: it makes the
 * kustomization as a value; what an input does not say stays as the base has it.
 */
import type { Kustomization } from '#toolkit/kube/kustomize';
import { image, type Known, type Parts, replicas } from './overlay-parts.ts';
import { servicesParts } from './overlay-services.ts';
import { webParts } from './overlay-web.ts';
import type { Inputs, KubernetesComponent } from './requirements.ts';

/** The names of the folders that the overlay is made of: the component itself, and those that inputs ask for. */
export function foldersOf(inputs: Inputs, component: KubernetesComponent, known: Known): string[] {
  return [component, ...(partsOf(inputs, component, known).components ?? [])];
}

/**
 * The overlay of a component.
 *
 * @param part a folder of the manifests, as the overlay must name it
 * @param own the user's own component for this one, as the overlay must name it
 */
export function overlay(
  inputs: Inputs,
  component: KubernetesComponent,
  part: (name: string) => string,
  known: Known,
  own?: string,
): Kustomization {
  const { components = [], ...parts } = partsOf(inputs, component, known);
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: inputs.namespace,
    resources: [part(component)],
    components: [...components.map(part), ...(own === undefined ? [] : [own])],
    ...parts,
  };
}

function partsOf(inputs: Inputs, component: KubernetesComponent, known: Known): Parts {
  if (component === 'services') return servicesParts(inputs);
  const name = `moodle-${component}`;
  const base: Parts = {
    images: image('moodle', known.image),
    replicas: replicas(name, known.replicas),
    patches: [],
  };
  if (component === 'cron') return base;
  const web = webParts(inputs, known);
  return {
    ...web,
    images: base.images,
    replicas: [...(inputs.minimumReplicas === undefined ? base.replicas : []), ...web.replicas],
  };
}
