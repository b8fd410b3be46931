/**
 * Private Link Services and the connections that private endpoints request on them.
 * Network resource provider, version 2026-01-01.
 */
import type {
  PrivateEndpointConnection as ArmConnection,
  PrivateLinkService as ArmPrivateLinkService,
} from '@azure/arm-network';
import type { ResourceManager } from './resource-manager.ts';

const API_VERSION = '2026-01-01';

/** A Private Link Service, as far as it is looked at. */
export interface PrivateLinkService {
  id: string;
  name: string;
  /** Namespace and name of the Kubernetes Service that AKS made it for. */
  owner: string | undefined;
  /** Holds a number of Azure's: a service that is made anew under the same name, and so the same id, has another. */
  alias: string;
  provisioningState: string;
  /** Subscriptions that may request a connection; `*` is all. Without any, only whoever has a role on it may. */
  visibility: readonly string[];
  /** Addresses that connections come from, each good for some 64,000 at once. */
  natAddresses: number;
}

/** Azure's states of a connection. */
export type ConnectionStatus = 'Pending' | 'Approved' | 'Rejected' | 'Disconnected' | 'Removed';

/** A connection, with Azure's nesting taken away. */
export interface PrivateEndpointConnection {
  name: string;
  id: string;
  status: ConnectionStatus;
  /** The requester's message while pending; afterwards what the approver wrote. */
  description: string;
  /** Resource id of the private endpoint, in the requester's subscription. */
  privateEndpointId: string;
  /** `Updating` while a change is in progress. */
  provisioningState: string;
}

/** The SDK flattens what is under `properties` on the wire; its types are taken, its code (a megabyte) is not. */
type WireConnection = Required<Pick<ArmConnection, 'id' | 'name'>> & {
  properties: Pick<ArmConnection, 'privateLinkServiceConnectionState' | 'privateEndpoint' | 'provisioningState'>;
};
type WireService = Required<Pick<ArmPrivateLinkService, 'id' | 'name'>> &
  Pick<ArmPrivateLinkService, 'tags'> & {
    properties: Pick<ArmPrivateLinkService, 'alias' | 'provisioningState' | 'visibility' | 'ipConfigurations'>;
  };

/** The service, or undefined when there is none (its Service was not applied yet). */
export async function findPrivateLinkService(
  arm: ResourceManager,
  id: string,
): Promise<PrivateLinkService | undefined> {
  const service = await arm.find<WireService>(id, API_VERSION);
  return service === undefined ? undefined : flattenService(service);
}

/** All services of a resource group. */
export async function listPrivateLinkServices(arm: ResourceManager, groupId: string): Promise<PrivateLinkService[]> {
  const services: PrivateLinkService[] = [];
  const path = `${groupId}/providers/Microsoft.Network/privateLinkServices`;
  for await (const service of arm.pages<WireService>(path, API_VERSION)) services.push(flattenService(service));
  return services;
}

/** All connections of a service, from all pages. */
export async function listConnections(arm: ResourceManager, serviceId: string): Promise<PrivateEndpointConnection[]> {
  const connections: PrivateEndpointConnection[] = [];
  for await (const connection of arm.pages<WireConnection>(`${serviceId}/privateEndpointConnections`, API_VERSION))
    connections.push(flatten(connection));
  return connections;
}

/**
 * Approves or rejects a connection. Azure replaces the requester's message with `description`, so a caller that wants to
 * recognise the request later must keep the message in it.
 */
export async function decideConnection(
  arm: ResourceManager,
  connection: Pick<PrivateEndpointConnection, 'id' | 'name'>,
  status: 'Approved' | 'Rejected',
  description: string,
): Promise<PrivateEndpointConnection> {
  const privateLinkServiceConnectionState = { status, description, actionsRequired: 'None' };
  const body = { name: connection.name, properties: { privateLinkServiceConnectionState } };
  return flatten(await arm.put<WireConnection>(connection.id, API_VERSION, body));
}

function flattenService({ id, name, tags, properties }: WireService): PrivateLinkService {
  return {
    id,
    name,
    owner: tags?.['kubernetes-owner-service'],
    alias: properties.alias ?? '',
    provisioningState: properties.provisioningState ?? '',
    visibility: properties.visibility?.subscriptions ?? [],
    natAddresses: properties.ipConfigurations?.length ?? 0,
  };
}

function flatten({ name, id, properties }: WireConnection): PrivateEndpointConnection {
  const state = properties.privateLinkServiceConnectionState;
  return {
    name,
    id,
    status: (state?.status ?? 'Pending') as ConnectionStatus,
    description: state?.description ?? '',
    privateEndpointId: properties.privateEndpoint?.id ?? '',
    provisioningState: properties.provisioningState ?? '',
  };
}
