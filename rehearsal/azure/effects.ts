/** What follows in Azure when Terraform has made, changed or removed a resource. */
import { asValues, type Value, type Values } from '../terraform/provider/values.ts';
import { keepSecret, vaultUri } from './key-vault.ts';
import { addConnection } from './load-balancer.ts';
import { restored } from './restored-server.ts';
import { type AzureState, findResource, type Keeper, putResource } from './state.ts';

/** A database that Terraform made, with its server's administrator: the world runs a real PostgreSQL for it. */
export interface DatabaseMade {
  host: string;
  name: string;
  user: string;
  password: string;
}

/** What of the world outside of Azure goes with a resource. */
export type Gone = { what: 'cluster' } | { what: 'database'; name: string };

export interface EffectOptions {
  keeper: Keeper;
  base: () => string;
  privateEndpointDelayMs: number;
  onDatabase: (database: DatabaseMade) => void | Promise<void>;
  onGone: (what: Gone) => void;
}

/** A resource with what of it is known; `text` reads one of its values. */
interface Made {
  id: string;
  values: Values;
  secrets: Values;
  text: (name: string) => string;
}

type Effect = (made: Made, options: EffectOptions) => void | Promise<void>;

/** Types that Azure's own interfaces show; the others are known to Terraform alone. */
const effects: Record<string, Effect> = {
  azurerm_resource_group: ({ id, text, values }, { keeper }) =>
    putGroup(keeper.state, id, text('location'), textsOf(values.tags)),
  azurerm_kubernetes_cluster(made, { keeper }) {
    putGroup(keeper.state, made.text('node_resource_group_id'), made.text('location'));
    put(keeper.state, made, 'Microsoft.ContainerService/managedClusters', {
      nodeResourceGroup: made.text('node_resource_group'),
      fqdn: made.text('fqdn'),
      kubernetesVersion: made.text('kubernetes_version'),
      disableLocalAccounts: made.values.local_account_disabled === true,
      aadProfile: { managed: true, enableAzureRBAC: true },
      oidcIssuerProfile: { enabled: true, issuerURL: made.text('oidc_issuer_url') },
      powerState: { code: 'Running' },
    });
  },
  azurerm_container_registry: (made, { keeper }) =>
    put(keeper.state, made, 'Microsoft.ContainerRegistry/registries', { loginServer: made.text('login_server') }),
  azurerm_key_vault(made, { keeper, base }) {
    put(keeper.state, made, 'Microsoft.KeyVault/vaults', { vaultUri: vaultUri(base(), made.text('name')) });
    keeper.state.secrets[made.text('name')] ??= {};
  },
  azurerm_key_vault_secret({ values, secrets, text }, { keeper }) {
    const value = secrets.value_wo ?? values.value;
    if (typeof value === 'string') keepSecret(keeper.state, lastOf(text('key_vault_id')), text('name'), value);
  },
  async azurerm_postgresql_flexible_server(made, options) {
    const { state } = options.keeper;
    const isNew = state.databaseServers[made.id.toLowerCase()] === undefined;
    const copied = isNew ? restored(state, made.id, made.values) : undefined;
    put(state, made, 'Microsoft.DBforPostgreSQL/flexibleServers', {
      fullyQualifiedDomainName: made.text('fqdn'),
      state: 'Ready',
      version: made.text('version'),
    });
    const password = copied?.password ?? made.secrets.administrator_password_wo ?? made.values.administrator_password;
    if (typeof password !== 'string') return;
    const server = { host: made.text('fqdn'), user: made.text('administrator_login'), password };
    state.databaseServers[made.id.toLowerCase()] = server;
    for (const { type, values } of Object.values(state.terraform))
      if (type === 'azurerm_postgresql_flexible_server_database' && values.server_id === made.id)
        await options.onDatabase({ ...server, name: String(values.name) });
  },
  async azurerm_postgresql_flexible_server_database({ text }, { keeper, onDatabase }) {
    const server = keeper.state.databaseServers[text('server_id').toLowerCase()];
    if (server === undefined) throw new Error(`The server ${text('server_id')} has no administrator with a password.`);
    await onDatabase({ ...server, name: text('name') });
  },
  azurerm_storage_account: (made, { keeper }) => put(keeper.state, made, 'Microsoft.Storage/storageAccounts', {}),
  azurerm_cdn_frontdoor_profile: (made, { keeper }) => put(keeper.state, made, 'Microsoft.Cdn/profiles', {}),
  azurerm_cdn_frontdoor_endpoint: (made, { keeper }) =>
    put(keeper.state, made, 'Microsoft.Cdn/profiles/afdEndpoints', {
      hostName: made.text('host_name'),
      enabledState: 'Enabled',
    }),
  azurerm_cdn_frontdoor_origin: putOrigin,
};

/** Throws a sentence when Azure would refuse; nothing has changed then. */
export async function written(
  type: string,
  id: string,
  values: Values,
  secrets: Values,
  options: EffectOptions,
): Promise<void> {
  const text = (name: string): string => {
    const value = values[name];
    if (typeof value !== 'string' || value === '') throw new Error(`${name} of ${type} ${id} is not a text.`);
    return value;
  };
  await effects[type]?.({ id, values, secrets, text }, options);
}

export function removed(type: string, id: string, { keeper, onGone }: EffectOptions): void {
  const { state } = keeper;
  if (type === 'azurerm_kubernetes_cluster') {
    removeCluster(state, id);
    onGone({ what: 'cluster' });
  }
  if (type === 'azurerm_postgresql_flexible_server_database') onGone({ what: 'database', name: lastOf(id) });
  if (type === 'azurerm_container_registry') state.images = [];
  if (type === 'azurerm_key_vault') delete state.secrets[lastOf(id)];
  if (type === 'azurerm_key_vault_secret') delete state.secrets[/^https:\/\/([^.]+)/.exec(id)?.[1] ?? '']?.[lastOf(id)];
  if (type === 'azurerm_postgresql_flexible_server') delete state.databaseServers[id.toLowerCase()];
  if (type === 'azurerm_cdn_frontdoor_origin') removeOrigin(state);
  if (effects[type] !== undefined) delete state.resources[id.toLowerCase()];
}

function put(state: AzureState, { id, values }: Made, type: string, properties: Record<string, unknown>): void {
  putResource(state, {
    id,
    name: lastOf(id),
    type,
    location: typeof values.location === 'string' ? values.location : 'Global',
    properties: { provisioningState: 'Succeeded', ...properties },
  });
}

function putGroup(state: AzureState, id: string, location: string, tags: Record<string, string> = {}): void {
  putResource(state, {
    id,
    name: lastOf(id),
    type: 'Microsoft.Resources/resourceGroups',
    location,
    tags,
    properties: { provisioningState: 'Succeeded' },
  });
}

/** The texts of a map of Terraform's. */
function textsOf(value: Value | undefined): Record<string, string> {
  const entries = Object.entries(asValues(value));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The group of the nodes goes with its cluster, and what the cluster made in it. */
function removeCluster(state: AzureState, id: string): void {
  // AKS can't delete its load balancer while somebody is connected to it (cloud-provider-azure issue 2125).
  if (state.origin !== undefined)
    throw new Error('The Front Door origin still uses the Private Link Service: destroy root frontend first.');
  const cluster = findResource(state, id);
  const group = id.replace(
    /\/resourceGroups\/.*$/i,
    `/resourceGroups/${String(cluster?.properties.nodeResourceGroup)}`,
  );
  const inside = (other: string): boolean => `${other}/`.toLowerCase().startsWith(`${group}/`.toLowerCase());
  for (const key of Object.keys(state.resources).filter(inside)) delete state.resources[key];
  for (const key of Object.keys(state.targets).filter(inside)) delete state.targets[key];
  state.connections = state.connections.filter(({ service }) => !inside(service));
}

/** Front Door asks the Private Link Service for admission, with the message of the origin. */
function putOrigin(made: Made, { keeper: { state }, privateEndpointDelayMs }: EffectOptions): void {
  const { id, values, text } = made;
  const link = asValues(firstOf(values.private_link));
  const [target, location, requestMessage] = [link.private_link_target_id, link.location, link.request_message].map(
    String,
  );
  if (target === undefined || location === undefined || requestMessage === undefined) return;
  const service = findResource(state, target);
  if (service === undefined)
    throw new Error(
      `The Private Link Service ${lastOf(target)} was not found: the cluster makes it with the Service moodle-svc.`,
    );
  const old = state.origin;
  if (old === undefined || old.requestMessage !== requestMessage || old.service !== service.id) {
    removeOrigin(state);
    const requestAt = Date.now() + privateEndpointDelayMs;
    state.origin = { id, endpointHost: '', service: service.id, requestMessage, location, requestAt };
  }
  if (state.origin !== undefined) state.origin.endpointHost = hostHeader(state, values);
  put(state, made, 'Microsoft.Cdn/profiles/originGroups/origins', {
    hostName: text('host_name'),
    enabledState: 'Enabled',
    sharedPrivateLinkResource: { privateLink: { id: service.id }, privateLinkLocation: location, requestMessage },
  });
}

/** The host that the origin is asked for: its own, or else the one that the visitor asked for, which is the endpoint's. */
function hostHeader(state: AzureState, values: Values): string {
  if (typeof values.origin_host_header === 'string') return values.origin_host_header;
  const endpoint = Object.values(state.resources).find(({ type }) => type === 'Microsoft.Cdn/profiles/afdEndpoints');
  return String(endpoint?.properties.hostName ?? '');
}

function removeOrigin(state: AzureState): void {
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

function firstOf(blocks: Value | undefined): Value | undefined {
  return Array.isArray(blocks) ? blocks[0] : undefined;
}

function lastOf(id: string): string {
  return id.split('/').at(-1) ?? id;
}
