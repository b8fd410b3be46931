/** What Azure decides by itself when a resource is made: stable for the resource's id, and in the form that Azure gives. */
import { createHash } from 'node:crypto';
import { guid } from './ids.ts';
import type { Decide } from './plan.ts';
import type { Type } from './schema.ts';
import { asValues, type Value, type Values } from './values.ts';

/** Whose resource it is. */
export interface Subscription {
  subscriptionId: string;
  tenantId: string;
}

/** A resource in the making: its planned values, and its id in Azure. */
interface Made extends Subscription {
  type: string;
  id: string;
  values: Values;
}

type Maker = (made: Made, path: string) => Value;

const name = ({ values }: Made): string => String(values.name);
const digest = (text: string): Buffer => createHash('sha512').update(text).digest();
/** A short part of a name that nobody can choose. */
const mark = ({ id }: Made): string => digest(id).toString('hex').slice(0, 12);
const constant =
  (value: Value): Maker =>
  () =>
    value;
const ownGuid: Maker = ({ id }, path) => guid(`${id} ${path}`);
const secretKey: Maker = ({ id }, path) => digest(`${id} ${path}`).toString('base64');
/** A public address of the range for documentation (RFC 5737). */
const address: Maker = ({ id }) => `203.0.113.${(digest(id)[0] ?? 0) % 254}`;
const secretUrl: Maker = ({ id }) => id;

/** By type and path, where the last name alone does not tell. */
const byType: Record<string, Maker> = {
  'azurerm_cdn_frontdoor_endpoint.host_name': (made) => `${name(made)}-${mark(made)}.z01.azurefd.net`,
  'azurerm_cdn_frontdoor_rule.cdn_frontdoor_rule_set_name': ({ values }) => lastOf(values.cdn_frontdoor_rule_set_id),
  'azurerm_container_registry.admin_password': constant(''),
  'azurerm_container_registry.admin_username': constant(''),
  'azurerm_container_registry.data_endpoint_host_names': (made) => [
    `${name(made)}.${String(made.values.location)}.data.azurecr.io`,
  ],
  'azurerm_container_registry.login_server': (made) => `${name(made)}.azurecr.io`,
  'azurerm_key_vault.vault_uri': (made) => `https://${name(made)}.vault.azure.net/`,
  'azurerm_key_vault_secret.resource_id': ({ values }) =>
    `${String(values.key_vault_id)}/secrets/${String(values.name)}`,
  'azurerm_key_vault_secret.resource_versionless_id': ({ values }) =>
    `${String(values.key_vault_id)}/secrets/${String(values.name)}`,
  'azurerm_key_vault_secret.versionless_id': secretUrl,
  'azurerm_kubernetes_cluster.current_kubernetes_version': ({ values }) => `${String(values.kubernetes_version)}.0`,
  'azurerm_kubernetes_cluster.default_node_pool.node_count': ({ values }) => minimum(first(values.default_node_pool)),
  'azurerm_kubernetes_cluster.fqdn': (made) => clusterHost(made),
  'azurerm_kubernetes_cluster.kube_admin_config': (made) =>
    made.values.local_account_disabled === true ? [] : [kubeConfig(made)],
  'azurerm_kubernetes_cluster.kube_admin_config_raw': constant(''),
  'azurerm_kubernetes_cluster.kube_config': (made) => [kubeConfig(made)],
  'azurerm_kubernetes_cluster.kube_config_raw': (made) => `apiVersion: v1\nkind: Config\n# ${clusterHost(made)}\n`,
  'azurerm_kubernetes_cluster.node_resource_group_id': ({ values, subscriptionId }) =>
    `/subscriptions/${subscriptionId}/resourceGroups/${String(values.node_resource_group)}`,
  'azurerm_kubernetes_cluster.oidc_issuer_url': ({ values, tenantId, id }) =>
    `https://${String(values.location)}.oic.prod-aks.azure.com/${tenantId}/${guid(`${id} issuer`)}/`,
  'azurerm_kubernetes_cluster.portal_fqdn': (made) => clusterHost(made).replace('.hcp.', '.portal.hcp.'),
  'azurerm_kubernetes_cluster.private_fqdn': constant(''),
  'azurerm_kubernetes_cluster_node_pool.node_count': ({ values }) => minimum(values),
  'azurerm_monitor_data_collection_rule.immutable_id': (made) => `dcr-${mark(made)}${mark(made)}`,
  'azurerm_monitor_workspace.query_endpoint': (made) =>
    `https://${name(made)}-${mark(made)}.${String(made.values.location)}.prometheus.monitor.azure.com`,
  'azurerm_postgresql_flexible_server.fqdn': (made) => `${name(made)}.postgres.database.azure.com`,
  'azurerm_private_endpoint.network_interface': ({ values, id }) => [
    { id: `${id}-nic`.replace('/privateEndpoints/', '/networkInterfaces/'), name: `${String(values.name)}-nic` },
  ],
  'azurerm_private_endpoint.private_dns_zone_group.id': ({ id }) => `${id}/privateDnsZoneGroups/default`,
  'azurerm_public_ip.ip_address': address,
  'azurerm_public_ip.fqdn': constant(''),
  'azurerm_role_assignment.name': ({ id }) => lastOf(id),
  'azurerm_role_assignment.role_definition_id': ({ values, subscriptionId }) =>
    `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${guid(String(values.role_definition_name))}`,
  'azurerm_role_definition.role_definition_id': ({ id }) => lastOf(id.split('|')[0]),
  'azurerm_role_definition.role_definition_resource_id': ({ id }) => id.split('|')[0] ?? id,
  'azurerm_storage_account.primary_location': ({ values }) => values.location ?? '',
  'azurerm_subnet.network_security_group_id': constant(''),
  'azurerm_subnet.route_table_id': constant(''),
  'azurerm_virtual_network.dns_servers': constant([]),
};

/** By the last name of the path, for every type. */
const byName: Record<string, Maker> = {
  client_id: ownGuid,
  guid: ownGuid,
  object_id: ownGuid,
  principal_id: ownGuid,
  resource_guid: ownGuid,
  tenant_id: ({ tenantId }) => tenantId,
  workspace_id: ownGuid,
  kubelet_disk_type: constant('OS'),
  max_pods: constant(250),
  node_image_version: constant('AKSUbuntu-2204gen2containerd-202608.15.0'),
  orchestrator_version: constant('1.34'),
  os_disk_size_gb: constant(128),
  os_sku: constant('Ubuntu'),
  private_ip_address: ({ id }) => `10.64.17.${(digest(id)[0] ?? 0) % 250}`,
  validation_token: (made) => mark(made),
};

/** By the end of the last name: the keys, addresses and names of storage accounts. */
const byEnding: [RegExp, Maker][] = [
  [/_(access|shared)_key$/, secretKey],
  [
    /_connection_string$/,
    (made, path) =>
      `DefaultEndpointsProtocol=https;AccountName=${name(made)};AccountKey=${secretKey(made, path)};EndpointSuffix=core.windows.net`,
  ],
  [/_endpoint$/, (made, path) => `https://${storageHost(made, path)}/`],
  [/_host$/, storageHost],
  [/^url$/, ({ id }) => id],
];

/** Decides for one resource. Of what nobody needs it is the empty text, 0, false and no element. */
export function decider(made: Made): Decide {
  const decide: Decide = (path, type) => {
    const exact = byType[`${made.type}.${path}`];
    if (exact !== undefined) return exact(made, path);
    const last = path.split('.').at(-1) ?? path;
    const usual = byName[last] ?? byEnding.find(([ending]) => ending.test(last))?.[1];
    return usual === undefined || typeof type !== 'string' ? empty(path, type, decide) : usual(made, path);
  };
  return decide;
}

/** A computed list of objects has one: roots take `[0]` of it. */
function empty(path: string, type: Type, decide: Decide): Value {
  if (type === 'string') return '';
  if (type === 'number') return 0;
  if (type === 'bool') return false;
  const [kind, inner] = type;
  if (kind === 'object')
    return Object.fromEntries(
      Object.entries(inner).map(([part, partType]) => [part, decide(`${path}.${part}`, partType)]),
    );
  if (kind === 'map') return {};
  const isObjects = typeof inner !== 'string' && inner[0] === 'object';
  return isObjects && kind === 'list' ? [empty(path, inner, decide)] : [];
}

function lastOf(id: Value | undefined): string {
  return String(id).split('/').at(-1) ?? '';
}

function first(blocks: Value | undefined): Values {
  return asValues(Array.isArray(blocks) ? blocks[0] : undefined);
}

function minimum(pool: Values): Value {
  return pool.min_count ?? 1;
}

function clusterHost(made: Made): string {
  return `${String(made.values.dns_prefix)}-${mark(made).slice(0, 8)}.hcp.${String(made.values.location)}.azmk8s.io`;
}

function kubeConfig(made: Made): Values {
  return {
    host: `https://${clusterHost(made)}:443`,
    username: `clusterUser_${String(made.values.resource_group_name)}_${name(made)}`,
    password: '',
    client_certificate: '',
    client_key: '',
    cluster_ca_certificate: secretKey(made, 'ca') as string,
  };
}

function storageHost(made: Made, path: string): string {
  const service = /_(blob|dfs|file|queue|table|web)_/.exec(path)?.[1] ?? 'blob';
  const account = path.startsWith('secondary_') ? `${name(made)}-secondary` : name(made);
  return `${account}.${service}.core.windows.net`;
}
