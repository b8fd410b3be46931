/**
 * What AKS does with a Service of type LoadBalancer, and who comes to the Private Link Service that it makes.
 * Follows cloud-provider-azure, "Azure Private Link Service Integration".
 */
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../kubernetes/ports.ts';
import type { PrivateLinkOptions } from './private-link.ts';
import { type Connection, findResource, putResource, type Resource } from './state.ts';
import { NotSimulated } from './wire.ts';

const annotation = (service: KubeObject, name: string) =>
  service.metadata.annotations?.[`service.beta.kubernetes.io/azure-${name}`];

/**
 * What AKS does for a Service of type LoadBalancer: a Private Link Service when its annotations ask for one.
 *
 * `address` is the load balancer's. Throws the sentence that AKS puts into the Service's events when it can't.
 */
export function privateLinkServiceFor(
  service: KubeObject,
  address: string,
  cluster: { nodeGroup: string; location: string; clusterName: string },
  options: PrivateLinkOptions,
): Resource | undefined {
  if (annotation(service, 'pls-create') !== 'true') return undefined;
  if (annotation(service, 'load-balancer-internal') !== 'true')
    throw new NotSimulated('a Private Link Service on a public load balancer');
  const count = Number(annotation(service, 'pls-ip-configuration-ip-address-count') ?? 1);
  if (!Number.isInteger(count) || count < 1 || count > 8)
    throw new Error(`azure-pls-ip-configuration-ip-address-count must be 1 to 8, not ${count}`);
  const port = (service.spec?.ports as { port: number }[] | undefined)?.[0]?.port;
  if (port === undefined) throw new Error('a Service of type LoadBalancer needs a port');
  const { state } = options.keeper;
  const name = annotation(service, 'pls-name') ?? `pls-${service.metadata.uid}`;
  const id = `/subscriptions/${options.subscriptionId}/resourceGroups/${cluster.nodeGroup}/providers/Microsoft.Network/privateLinkServices/${name}`;
  const visibility = (annotation(service, 'pls-visibility') ?? '').split(' ').filter((entry) => entry !== '');
  const old = findResource(state, id);
  const resource = putResource(state, {
    id,
    name,
    type: 'Microsoft.Network/privateLinkServices',
    location: cluster.location,
    tags: {
      'kubernetes-owner-service': `${service.metadata.namespace}/${service.metadata.name}`,
      'kubernetes-cluster-name': cluster.clusterName,
    },
    properties: {
      provisioningState: 'Succeeded',
      // Made anew under the same name it is another one, which only this alias tells.
      alias: old?.properties.alias ?? `${name}.${randomUUID()}.${cluster.location}.azure.privatelinkservice`,
      enableProxyProtocol: annotation(service, 'pls-proxy-protocol') === 'true',
      visibility: { subscriptions: visibility },
      autoApproval: { subscriptions: (annotation(service, 'pls-auto-approval') ?? '').split(' ').filter(Boolean) },
      ipConfigurations: Array.from({ length: count }, (_, index) => ({
        name: `${name}-nat-${index}`,
        properties: { privateIPAllocationMethod: 'Dynamic', primary: index === 0 },
      })),
    },
  });
  state.targets[id.toLowerCase()] = { address, port };
  // Whoever knows the alias may knock when it is visible to all: a stranger always does.
  if (old === undefined && visibility.includes('*'))
    addConnection(state.connections, id, cluster.location, 'Please approve my connection');
  options.keeper.save();
  return resource;
}

/** AKS removes the Private Link Service with its Service; whoever was connected is cut off. */
export function removePrivateLinkService(service: KubeObject, { keeper }: PrivateLinkOptions): void {
  const owner = `${service.metadata.namespace}/${service.metadata.name}`;
  const { state } = keeper;
  for (const [key, resource] of Object.entries(state.resources)) {
    if (resource.tags?.['kubernetes-owner-service'] !== owner) continue;
    delete state.resources[key];
    delete state.targets[key];
    state.connections = state.connections.filter((connection) => connection.service !== resource.id);
  }
  keeper.save();
}

/** A request to connect arrives from a private endpoint in a subscription that isn't ours. */
export function addConnection(
  connections: Connection[],
  service: string,
  location: string,
  message: string,
): Connection {
  const endpoint = randomUUID();
  const connection: Connection = {
    name: `${endpoint}.${randomUUID()}`,
    service,
    privateEndpoint: `/subscriptions/${randomUUID()}/resourceGroups/eafd-Prod-${location}/providers/Microsoft.Network/privateEndpoints/${endpoint}`,
    location,
    linkIdentifier: String(536870912 + connections.length),
    status: 'Pending',
    description: message,
    busyUntil: 0,
  };
  connections.push(connection);
  return connection;
}
