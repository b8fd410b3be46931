/** The objects that a component should be. */
import type { ActionContext } from '#toolkit/action/run';
import type { KubeObject } from '#toolkit/kube/kube';
import type { DeployContract } from './contract.ts';
import { withInventory } from './overlay-inventory.ts';
import { render } from './render.ts';
import type { Inputs, KubernetesComponent } from './requirements.ts';
import { COMMIT } from './revisions.ts';

/** The annotation on pod templates that changes with the configuration, so that a change of it rolls the pods. */
export const CONFIG_CHECKSUM = 'checksum/moodle-config';

/**
 * Renders what the inputs say. The cluster is not needed for it, so it can begin before that is reached.
 *
 * @param image in place of the input's
 */
export async function wantedObjects(
  context: ActionContext<DeployContract>,
  component: KubernetesComponent,
  image = context.inputs.image,
): Promise<KubeObject[]> {
  const { inputs, clock } = context;
  const known = { image, replicas: replicasOf(inputs, component), now: clock.now() };
  const rendered = await render(inputs, component, known, context);
  return inputs.overlay === undefined ? rendered : withInventory(rendered, component, inputs.namespace);
}

/** How many pods the inputs ask for; undefined when they do not say. */
export function replicasOf(inputs: Inputs, component: KubernetesComponent): number | undefined {
  return component === 'cron' && inputs.component === 'all' ? inputs.cronReplicas : inputs.replicas;
}

/** What the pods of a Deployment say of where they come from. */
export interface Origin {
  /** Of the live configuration; undefined when there is none yet. */
  configChecksum?: string | undefined;
  commit?: string | undefined;
}

/** The objects with that on the pods of one Deployment; it comes last, over what the manifests and overlays say. Pure. */
export function withOrigin(
  objects: readonly KubeObject[],
  deployment: string,
  { configChecksum, commit }: Origin,
): KubeObject[] {
  const annotations = {
    ...(configChecksum === undefined ? {} : { [CONFIG_CHECKSUM]: configChecksum }),
    ...(commit === undefined ? {} : { [COMMIT]: commit }),
  };
  return objects.map((object) => {
    if (object.kind !== 'Deployment' || object.metadata.name !== deployment) return object;
    const spec = object.spec as { template: { metadata?: { annotations?: Record<string, string> } } };
    const { metadata } = spec.template;
    const annotated = { ...metadata, annotations: { ...metadata?.annotations, ...annotations } };
    if (Object.keys(annotated.annotations).length === 0) return object;
    return { ...object, spec: { ...spec, template: { ...spec.template, metadata: annotated } } };
  });
}
