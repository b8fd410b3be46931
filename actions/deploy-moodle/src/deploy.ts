import { connectCluster } from '#toolkit/action/cluster';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import type { DeployContract } from './contract.ts';
import { deployImage } from './image.ts';
import { deployKubernetes } from './kubernetes.ts';
import { checkInputs, requireInputs } from './requirements.ts';

/** The action: checks what the component needs, then builds or deploys. */
export async function deploy(context: ActionContext<DeployContract>): Promise<ActionResult<DeployContract>> {
  const { inputs } = context;
  checkInputs(inputs);
  // A plan may come before the platform: then most values are not known yet, and nobody can give them.
  if (inputs.mode === 'apply') requireInputs(inputs);
  if (inputs.component === 'image') return deployImage(context);
  const kube = await connectCluster(context);
  if (kube !== undefined) requireInputs(inputs);
  return deployKubernetes(context, kube);
}
