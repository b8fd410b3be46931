/**
 * Private Link Services and the connections that others request on them, over Resource Manager.
 * Follows the Network resource provider's specification, version 2026-01-01.
 */
import { type Connection, findResource, type Keeper, type Resource } from './state.ts';
import { type Answer, type Call, isObject, jsonBody, onlyFields, Refusal, type Route } from './wire.ts';

/** Connections come one a page: a client that reads only the first page sees only a stranger's. */
const pageSize = 1;
/** Azure's limit for the description of a connection. */
const longestDescription = 140;

export interface PrivateLinkOptions {
  keeper: Keeper;
  base: () => string;
  subscriptionId: string;
  /** How long a change of a connection is in progress; another change meanwhile is refused with 409. */
  updateMs: number;
  /** Called after a connection's status changed. */
  changed: (connection: Connection) => void;
}

export function privateLinkRoutes(options: PrivateLinkOptions): Route[] {
  const { state } = options.keeper;
  const services = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Network/privateLinkServices';
  const connections = `${services}/:service/privateEndpointConnections`;
  return [
    {
      method: 'GET',
      path: services,
      handle: ({ url }) => {
        const prefix = `${url.pathname}/`.toLowerCase();
        const value = Object.entries(state.resources)
          .filter(([id]) => id.startsWith(prefix))
          .map(([, resource]) => resource);
        return { status: 200, json: { value } };
      },
    },
    { method: 'GET', path: connections, handle: (call) => listConnections(call, options) },
    {
      method: 'GET',
      path: `${connections}/:connection`,
      handle: (call) => ({ status: 200, json: connectionJson(findConnection(call, options)) }),
    },
    { method: 'PUT', path: `${connections}/:connection`, handle: (call) => changeConnection(call, options) },
  ];
}

function serviceOf(call: Call, { keeper }: PrivateLinkOptions): Resource {
  const id = call.url.pathname.replace(/\/privateEndpointConnections.*$/i, '');
  const service = findResource(keeper.state, id);
  if (service === undefined)
    throw new Refusal(
      404,
      'ResourceNotFound',
      `The Resource 'Microsoft.Network/privateLinkServices/${call.parameters.service}' under resource group '${call.parameters.group}' was not found.`,
    );
  return service;
}

function listConnections(call: Call, options: PrivateLinkOptions): Answer {
  const service = serviceOf(call, options);
  const all = options.keeper.state.connections.filter((connection) => connection.service === service.id);
  const start = Number(call.url.searchParams.get('$skiptoken') ?? 0);
  const value = all.slice(start, start + pageSize).map(connectionJson);
  const next = new URL(call.url.pathname, options.base());
  next.searchParams.set('api-version', call.url.searchParams.get('api-version') ?? '');
  next.searchParams.set('$skiptoken', String(start + pageSize));
  return { status: 200, json: { value, ...(start + pageSize < all.length ? { nextLink: next.href } : {}) } };
}

function findConnection(call: Call, options: PrivateLinkOptions): Connection {
  const service = serviceOf(call, options);
  const name = call.parameters.connection;
  const found = options.keeper.state.connections.find(
    (connection) => connection.service === service.id && connection.name === name,
  );
  if (found === undefined)
    throw new Refusal(404, 'NotFound', `Private Endpoint Connection ${name} was not found on ${service.id}.`);
  return found;
}

function changeConnection(call: Call, options: PrivateLinkOptions): Answer {
  const connection = findConnection(call, options);
  const body = jsonBody(call);
  onlyFields(body, ['name', 'id', 'properties'], '');
  const properties = isObject(body.properties) ? body.properties : {};
  onlyFields(properties, ['privateLinkServiceConnectionState'], 'properties.');
  const wanted = isObject(properties.privateLinkServiceConnectionState)
    ? properties.privateLinkServiceConnectionState
    : {};
  onlyFields(wanted, ['status', 'description', 'actionsRequired'], 'properties.privateLinkServiceConnectionState.');
  const { status, description = '' } = wanted;
  if (body.name !== undefined && body.name !== connection.name)
    throw new Refusal(400, 'InvalidRequestFormat', 'The name in the body does not match the name in the address.');
  if ((status !== 'Approved' && status !== 'Rejected') || typeof description !== 'string')
    throw new Refusal(400, 'InvalidRequestFormat', `Connection status '${String(status)}' is not valid.`);
  if (description.length > longestDescription)
    throw new Refusal(400, 'InvalidRequestFormat', `The description is longer than ${longestDescription} characters.`);
  if (connection.status === 'Disconnected')
    throw new Refusal(
      400,
      'PrivateEndpointConnectionDisconnected',
      `Private Endpoint Connection ${connection.name} is disconnected.`,
    );
  if (connection.busyUntil > Date.now())
    throw new Refusal(
      409,
      'AnotherOperationInProgress',
      'Another operation on this or dependent resource is in progress.',
    );
  Object.assign(connection, { status, description, busyUntil: Date.now() + options.updateMs });
  options.keeper.save();
  options.changed(connection);
  return { status: 200, json: connectionJson(connection) };
}

function connectionJson(connection: Connection): Record<string, unknown> {
  return {
    name: connection.name,
    id: `${connection.service}/privateEndpointConnections/${connection.name}`,
    type: 'Microsoft.Network/privateLinkServices/privateEndpointConnections',
    properties: {
      provisioningState: connection.busyUntil > Date.now() ? 'Updating' : 'Succeeded',
      privateEndpoint: { id: connection.privateEndpoint },
      privateEndpointLocation: connection.location,
      linkIdentifier: connection.linkIdentifier,
      privateLinkServiceConnectionState: {
        status: connection.status,
        description: connection.description,
        actionsRequired: 'None',
      },
    },
  };
}
