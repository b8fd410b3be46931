/** Why there is no Private Link Service: asked of Azure, and of the cluster when it can be reached. */
import { connectCluster } from '#toolkit/action/cluster';
import type { ActionContext } from '#toolkit/action/run';
import type { Azure } from '#toolkit/azure/connect';
import { listPrivateLinkServices } from '#toolkit/azure/private-link';
import { resourceId } from '#toolkit/azure/resource-manager';
import { errorMessage, UserError } from '#toolkit/errors';
import type { contract } from './contract.ts';
import { explainEvent } from './service-events.ts';

type Context = ActionContext<typeof contract>;

/** The whole sentence, to be thrown. */
export async function missingService(
  context: Context,
  { resourceManager }: Azure,
  nodeResourceGroup: string,
): Promise<UserError> {
  const { privateLinkService, ownerService } = context.inputs;
  const group = resourceId(resourceManager.subscriptionId, nodeResourceGroup);
  const services = await listPrivateLinkServices(resourceManager, group);
  const other = services.find(({ owner }) => owner === ownerService);
  const head = `There is no Private Link Service ${privateLinkService} in resource group ${nodeResourceGroup}`;
  if (other !== undefined)
    return new UserError(`${head}, but ${ownerService} has one named ${other.name}; check private-link-service.`);
  return new UserError(`${head}. ${await reasonFromCluster(context)}`);
}

async function reasonFromCluster(context: Context): Promise<string> {
  const { inputs } = context;
  const [namespace = '', name = ''] = inputs.ownerService.split('/');
  if (inputs.kubeconfig === undefined && inputs.clusterName === undefined)
    return `AKS makes it for the Kubernetes Service ${inputs.ownerService}, whose events say why it did not; give kubeconfig, or resource-group and cluster-name, and they are read here.`;
  try {
    const kube = await connectCluster({ ...context, inputs: { ...inputs, namespace } });
    const service = await kube?.get({ kind: 'Service', name });
    if (service === undefined)
      return `AKS makes it for the Kubernetes Service ${inputs.ownerService}, which is not there either; deploy the services first.`;
    if (service.metadata.annotations?.['service.beta.kubernetes.io/azure-pls-create'] !== 'true')
      return `The Kubernetes Service ${inputs.ownerService} does not ask for one; it needs the annotation service.beta.kubernetes.io/azure-pls-create: "true".`;
    const events = (await kube?.events({ kind: 'Service', name })) ?? [];
    const warning = events.filter(({ type }) => type === 'Warning').at(-1);
    return warning === undefined
      ? `The Kubernetes Service ${inputs.ownerService} asks for one, and AKS says nothing of a failure yet; wait some minutes and run again.`
      : explainEvent(warning.message);
  } catch (error) {
    context.signal.throwIfAborted();
    return `The events of the Kubernetes Service ${inputs.ownerService} would say why, but they cannot be read: ${errorMessage(error)}`;
  }
}
