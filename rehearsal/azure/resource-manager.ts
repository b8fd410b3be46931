/**
 * Azure Resource Manager: who may call, and reading the resources that this product has.
 *
 * Checks come in the order of the real service: token, permission, api-version, subscription, resource group, resource.
 */
import type { Client } from './sign-in.ts';
import { type AzureState, findResource, type Resource } from './state.ts';
import { readToken } from './tokens.ts';
import { type Call, NotSimulated, Refusal, type Route } from './wire.ts';

export interface ResourceManagerOptions {
  subscriptionId: string;
  clients: Client[];
  state: AzureState;
  /** The kubeconfig that AKS hands out, as YAML or JSON text. */
  kubeconfig: () => string;
}

const resourceManagerAudience = 'https://management.azure.com';

/** The api-versions of each provider that the handlers follow; another version has other fields. */
const versions: Record<string, readonly string[]> = {
  'microsoft.resources': ['2021-04-01', '2025-04-01'],
  'microsoft.network': ['2026-01-01'],
  'microsoft.containerservice': ['2025-10-01'],
  'microsoft.containerregistry': ['2025-04-01'],
  'microsoft.containerregistry/tasks': ['2019-06-01-preview'],
  'microsoft.keyvault': ['2024-11-01'],
  'microsoft.dbforpostgresql': ['2024-08-01'],
  'microsoft.storage': ['2024-01-01'],
  'microsoft.cdn': ['2025-04-15'],
  'microsoft.compute': ['2025-04-01'],
  'microsoft.insights': ['2023-10-01'],
};

/** Query parameters that some handler reads. */
const queryParameters = [
  ...['api-version', 'format', '$filter', '$top', '$skiptoken'],
  ...['metricnames', 'timespan', 'interval', 'aggregation'],
];

/** Operations of a registry that belong to ACR Tasks, whose versions are apart from the registry's own. */
const taskOperations = /\/registries\/[^/]+\/(listbuildsourceuploadurl|schedulerun|runs)(\/|$)/i;
/** Actions that a Reader may call although they are POST (role Azure Kubernetes Service Cluster User). */
const readerActions = /\/listClusterUserCredential$/i;

/** Throws Azure's refusal when the call may not pass. */
export function guard(call: Call, options: ResourceManagerOptions): void {
  const client = authorise(call, options);
  const path = call.url.pathname;
  if (client.role === 'Reader' && call.method !== 'GET' && !readerActions.test(path)) {
    const action = `${operation(path)}/${call.method === 'POST' ? 'action' : call.method === 'DELETE' ? 'delete' : 'write'}`;
    throw new Refusal(
      403,
      'AuthorizationFailed',
      `The client '${client.clientId}' with object id '${client.clientId}' does not have authorization to perform action '${action}' over scope '${path}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    );
  }
  checkVersion(call);
  const [, , subscription, , group] = path.split('/');
  if (subscription?.toLowerCase() !== options.subscriptionId.toLowerCase())
    throw new Refusal(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  if (group !== undefined && /\/resourceGroups\//i.test(path)) {
    const id = `/subscriptions/${options.subscriptionId}/resourceGroups/${group}`;
    if (findResource(options.state, id) === undefined)
      throw new Refusal(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
  }
}

function authorise(call: Call, { clients, state }: ResourceManagerOptions): Client {
  const bearer = /^Bearer (.+)$/.exec(call.headers.authorization ?? '')?.[1];
  const challenge = { 'www-authenticate': 'Bearer authorization_uri="https://login.microsoftonline.com"' };
  if (bearer === undefined)
    throw new Refusal(
      401,
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
      challenge,
    );
  const token = readToken(bearer, state.tokenKey);
  const client = clients.find(({ clientId }) => clientId === token?.clientId);
  if (token === undefined || client === undefined)
    throw new Refusal(401, 'InvalidAuthenticationToken', 'The access token is invalid.', challenge);
  if (token.audience !== resourceManagerAudience)
    throw new Refusal(
      401,
      'InvalidAuthenticationTokenAudience',
      `The access token has been obtained for wrong audience or resource '${token.audience}'. It should exactly match with one of the allowed audiences '${resourceManagerAudience}'.`,
      challenge,
    );
  if (token.expires * 1000 <= Date.now())
    throw new Refusal(
      401,
      'ExpiredAuthenticationToken',
      `The access token expiry UTC time '${new Date(token.expires * 1000).toISOString()}' is earlier than current UTC time '${new Date().toISOString()}'.`,
      challenge,
    );
  return client;
}

function checkVersion(call: Call): void {
  const path = call.url.pathname;
  const version = call.url.searchParams.get('api-version');
  if (version === null)
    throw new Refusal(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  // The last one counts: metrics of a resource are asked for under the resource's own id.
  const provider = /.*\/providers\/([^/]+)/i.exec(path)?.[1]?.toLowerCase() ?? 'microsoft.resources';
  const family = taskOperations.test(path) ? 'microsoft.containerregistry/tasks' : provider;
  const query = [...call.url.searchParams.keys()].find((name) => !queryParameters.includes(name));
  if (query !== undefined) throw new NotSimulated(`query parameter ${query} of ${call.method} ${path}`);
  const known = versions[family];
  if (known === undefined) throw new NotSimulated(`${call.method} ${path}`);
  if (!known.includes(version))
    throw new NotSimulated(`api-version ${version} of ${family} (known: ${known.join(', ')})`);
}

/** `Microsoft.Network/privateLinkServices/privateEndpointConnections` of a resource path. */
function operation(path: string): string {
  const [namespace, ...rest] = path.replace(/^.*\/providers\//i, '').split('/');
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/');
}

/** Resource types that are read whole by their id. */
const readable = [
  'Microsoft.ContainerService/managedClusters',
  'Microsoft.ContainerRegistry/registries',
  'Microsoft.KeyVault/vaults',
  'Microsoft.DBforPostgreSQL/flexibleServers',
  'Microsoft.Storage/storageAccounts',
  'Microsoft.Network/privateLinkServices',
  'Microsoft.Cdn/profiles',
];

/** Groups, whole resources, cluster credentials, Front Door's endpoint and origin, compute quota. */
export function resourceRoutes(options: ResourceManagerOptions): Route[] {
  const { state } = options;
  const group = '/subscriptions/:subscription/resourceGroups/:group';
  const read = (call: Call) => ({ status: 200, json: known(state, call.url.pathname) });
  return [
    { method: 'GET', path: group, handle: read },
    ...readable.map((type): Route => ({ method: 'GET', path: `${group}/providers/${type}/:name`, handle: read })),
    { method: 'GET', path: `${group}/providers/Microsoft.Cdn/profiles/:profile/afdEndpoints/:name`, handle: read },
    {
      method: 'GET',
      path: `${group}/providers/Microsoft.Cdn/profiles/:profile/originGroups/:originGroup/origins/:name`,
      handle: (call) => ({ status: 200, json: originWithStatus(state, known(state, call.url.pathname)) }),
    },
    {
      method: 'POST',
      path: `${group}/providers/Microsoft.ContainerService/managedClusters/:name/listClusterUserCredential`,
      handle: (call) => {
        known(state, call.url.pathname.replace(/\/[^/]+$/, ''));
        const format = call.url.searchParams.get('format');
        if (format !== null && format !== 'exec')
          throw new NotSimulated(`format=${format} of listClusterUserCredential`);
        const value = Buffer.from(options.kubeconfig()).toString('base64');
        return { status: 200, json: { kubeconfigs: [{ name: 'clusterUser', value }] } };
      },
    },
    {
      method: 'GET',
      path: '/subscriptions/:subscription/providers/Microsoft.Compute/locations/:location/usages',
      handle: () => ({ status: 200, json: { value: usages } }),
    },
  ];
}

const usages = [
  { name: 'cores', currentValue: 16, limit: 2000 },
  { name: 'lowPriorityCores', currentValue: 0, limit: 500 },
  { name: 'standardDSv5Family', currentValue: 16, limit: 2000 },
  { name: 'standardDDSv5Family', currentValue: 0, limit: 500 },
].map(({ name, ...rest }) => ({ name: { value: name, localizedValue: name }, unit: 'Count', ...rest }));

function known(state: AzureState, id: string): Resource {
  const found = findResource(state, id);
  if (found !== undefined) return found;
  const [, , , , group] = id.split('/');
  const resource = id.replace(/^.*\/providers\//i, '');
  throw new Refusal(
    404,
    'ResourceNotFound',
    `The Resource '${resource}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

/** Front Door's own view of the admission; it follows the Private Link Service. */
function originWithStatus(state: AzureState, resource: Resource): Resource {
  const connection = state.connections.find(({ name }) => name === state.origin?.connection);
  const link = resource.properties.sharedPrivateLinkResource as Record<string, unknown>;
  const sharedPrivateLinkResource = {
    ...link,
    status: connection?.status ?? (state.origin?.connection === undefined ? 'Pending' : 'Disconnected'),
  };
  return { ...resource, properties: { ...resource.properties, sharedPrivateLinkResource } };
}
