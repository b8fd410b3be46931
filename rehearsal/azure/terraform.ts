/**
 * What Terraform's two roots leave behind in Azure.
 *
 * The rehearsal runs Terraform for real but without Azure's provider; after an apply or destroy it tells this stand-in
 * the root's outputs, and the resources that they name come into being or go.
 */
import { ensureSecrets, vaultUri } from './key-vault.ts';
import { addConnection } from './load-balancer.ts';
import { findResource, type Keeper, putResource, type Resource } from './state.ts';

/** A database server that a root made: the rehearsal's world runs a real PostgreSQL for it. */
export interface DatabaseMade {
  host: string;
  name: string;
  user: string;
  password: string;
}

export interface TerraformOptions {
  keeper: Keeper;
  base: () => string;
  subscriptionId: string;
  privateEndpointDelayMs: number;
  onDatabase: (database: DatabaseMade) => void | Promise<void>;
}

export type Root = 'infra' | 'frontend';
export type Action = 'apply' | 'destroy';

/** Names of the secrets that the infrastructure root keeps in Key Vault. */
const secretNames = ['database-password', 'moodle-admin-password'];

/** Applies or destroys a root. Throws a sentence when an output is missing or Azure would refuse. */
export async function resourcesApplied(
  root: Root,
  action: Action,
  outputs: Record<string, unknown>,
  options: TerraformOptions,
): Promise<void> {
  const text = (name: string): string => {
    const value = outputs[name];
    if (typeof value !== 'string' || value === '')
      throw new Error(`Output ${name} of root ${root} is missing or not a text.`);
    return value;
  };
  if (root === 'infra') {
    if (action === 'destroy') destroyInfra(options);
    else await applyInfra(text, options);
  } else if (action === 'destroy') removeOrigin(options);
  else applyFrontend(text, options);
  options.keeper.save();
}

type Text = (name: string) => string;

async function applyInfra(text: Text, { keeper, base, subscriptionId, onDatabase }: TerraformOptions): Promise<void> {
  const { state } = keeper;
  const location = text('location');
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${text('resource_group_name')}`;
  const nodeGroup = `/subscriptions/${subscriptionId}/resourceGroups/${text('node_resource_group_name')}`;
  const put = (type: string, name: string, properties: Record<string, unknown>) =>
    putResource(state, {
      id: `${group}/providers/${type}/${name}`,
      name: name.split('/').at(-1) ?? name,
      type,
      location,
      properties: { provisioningState: 'Succeeded', ...properties },
    });
  for (const id of [group, nodeGroup])
    putResource(state, {
      id,
      name: id.split('/').at(-1) ?? '',
      type: 'Microsoft.Resources/resourceGroups',
      location,
      properties: { provisioningState: 'Succeeded' },
    });
  put('Microsoft.ContainerService/managedClusters', text('cluster_name'), {
    nodeResourceGroup: text('node_resource_group_name'),
    disableLocalAccounts: true,
    aadProfile: { managed: true, enableAzureRBAC: true },
    oidcIssuerProfile: { enabled: true },
    powerState: { code: 'Running' },
  });
  put('Microsoft.ContainerRegistry/registries', text('registry_name'), { loginServer: text('registry_login_server') });
  const vault = text('key_vault_name');
  put('Microsoft.KeyVault/vaults', vault, { vaultUri: vaultUri(base(), vault) });
  const secrets = ensureSecrets(state, vault, secretNames);
  const host = text('database_host');
  put('Microsoft.DBforPostgreSQL/flexibleServers', host.split('.')[0] ?? host, {
    fullyQualifiedDomainName: host,
    state: 'Ready',
    version: '16',
  });
  put('Microsoft.Storage/storageAccounts', text('files_storage_account_name'), {});
  put('Microsoft.Storage/storageAccounts', text('object_storage_account_name'), {});
  const profile = text('front_door_profile_name');
  put('Microsoft.Cdn/profiles', profile, {});
  const hostName = text('front_door_endpoint_host');
  putResource(state, {
    id: `${group}/providers/Microsoft.Cdn/profiles/${profile}/afdEndpoints/${hostName.split('.')[0]}`,
    name: hostName.split('.')[0] ?? hostName,
    type: 'Microsoft.Cdn/profiles/afdEndpoints',
    location: 'Global',
    properties: { hostName, enabledState: 'Enabled', provisioningState: 'Succeeded' },
  });
  await onDatabase({
    host,
    name: text('database_name'),
    user: text('database_user'),
    password: secrets['database-password'] ?? '',
  });
}

function destroyInfra({ keeper: { state } }: TerraformOptions): void {
  // AKS can't delete its load balancer while somebody is connected to it (cloud-provider-azure issue 2125).
  if (state.origin !== undefined)
    throw new Error('The Front Door origin still uses the Private Link Service: destroy root frontend first.');
  state.resources = {};
  state.secrets = {};
  state.connections = [];
  state.targets = {};
  state.images = [];
}

function applyFrontend(text: Text, { keeper: { state }, privateEndpointDelayMs, ...options }: TerraformOptions): void {
  const service = ofType(state.resources, 'Microsoft.Network/privateLinkServices').find(
    ({ name }) => name === 'moodle-svc-pls',
  );
  if (service === undefined)
    throw new Error(
      'The Private Link Service moodle-svc-pls was not found: the cluster makes it with the Service moodle-svc.',
    );
  const id = text('origin_id');
  const requestMessage = text('private_link_request_message');
  const old = state.origin;
  const same = old !== undefined && old.requestMessage === requestMessage && old.service === service.id;
  if (!same) {
    if (old !== undefined) removeOrigin({ keeper: { state } });
    state.origin = {
      id,
      endpointHost: text('host_name'),
      service: service.id,
      requestMessage,
      location: service.location,
      requestAt: Date.now() + privateEndpointDelayMs,
    };
  }
  putResource(state, {
    id,
    name: id.split('/').at(-1) ?? id,
    type: 'Microsoft.Cdn/profiles/originGroups/origins',
    location: 'Global',
    properties: {
      provisioningState: 'Succeeded',
      hostName: text('host_name'),
      enabledState: 'Enabled',
      sharedPrivateLinkResource: {
        privateLink: { id: service.id },
        privateLinkLocation: service.location,
        requestMessage,
      },
    },
  });
  if (!id.toLowerCase().startsWith(`/subscriptions/${options.subscriptionId}/`.toLowerCase()))
    throw new Error(
      `Output origin_id of root frontend is not a resource id of subscription ${options.subscriptionId}.`,
    );
}

function removeOrigin({ keeper: { state } }: { keeper: Pick<Keeper, 'state'> }): void {
  const { origin } = state;
  if (origin === undefined) return;
  state.connections = state.connections.filter(({ name }) => name !== origin.connection);
  delete state.resources[origin.id.toLowerCase()];
  delete state.origin;
}

/** Files Front Door's request once its time has come, and again when the Private Link Service was made anew. */
export function fileConnectionRequest({ state, save }: Keeper): void {
  const { origin } = state;
  if (origin === undefined || Date.now() < origin.requestAt) return;
  if (origin.connection !== undefined && state.connections.some(({ name }) => name === origin.connection)) return;
  // A Private Link Service that was deleted loses its connections; Front Door doesn't knock again by itself.
  if (origin.connection !== undefined || findResource(state, origin.service) === undefined) return;
  origin.connection = addConnection(state.connections, origin.service, origin.location, origin.requestMessage).name;
  save();
}

function ofType(resources: Record<string, Resource>, type: string): Resource[] {
  return Object.values(resources).filter((resource) => resource.type === type);
}
