import { connectCluster } from '#toolkit/action/cluster';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import type { DeployContract } from './contract.ts';
import { buildImage } from './image.ts';
import { deployKubernetes } from './kubernetes.ts';
import { checkInputs, requireInputs } from './requirements.ts';

/** The action: checks what the component needs, then builds or deploys. */
export async function deploy(context: ActionContext<DeployContract>): Promise<ActionResult<DeployContract>> {
  const { inputs } = context;
  checkInputs(inputs);
  if (inputs.component === 'image') {
    // A plan may come before the registry: then its name is not known yet.
    if (inputs.mode === 'apply' || inputs.registryName !== undefined) requireInputs(inputs);
    return buildImage(context);
  }
  const kube = await connectCluster(context, inputs.mode);
  if (kube !== undefined) requireInputs(inputs);
  return deployKubernetes(context, kube);
}
