/** Resource ids as Azure gives them: from the resource group or the parent, and the name. */
import { createHash } from 'node:crypto';
import type { Values } from './values.ts';

type IdOf = (values: Values, subscription: string) => string;

const text = (values: Values, name: string): string => String(values[name] ?? '');

/** A resource of a resource group. */
const inGroup =
  (type: string): IdOf =>
  (values, subscription) =>
    `/subscriptions/${subscription}/resourceGroups/${text(values, 'resource_group_name')}/providers/${type}/${text(values, 'name')}`;

/** A resource inside another, whose id is an argument. */
const inside =
  (parent: string, segment: string): IdOf =>
  (values) =>
    `${text(values, parent)}/${segment}/${text(values, 'name')}`;

const lastOf = (id: string): string => id.split('/').at(-1) ?? id;

const ids: Record<string, IdOf> = {
  azurerm_cdn_frontdoor_custom_domain: inside('cdn_frontdoor_profile_id', 'customDomains'),
  azurerm_cdn_frontdoor_custom_domain_association: (values) =>
    text(values, 'cdn_frontdoor_custom_domain_id').replace('/customDomains/', '/associations/'),
  azurerm_cdn_frontdoor_endpoint: inside('cdn_frontdoor_profile_id', 'afdEndpoints'),
  azurerm_cdn_frontdoor_firewall_policy: inGroup('Microsoft.Network/frontDoorWebApplicationFirewallPolicies'),
  azurerm_cdn_frontdoor_origin: inside('cdn_frontdoor_origin_group_id', 'origins'),
  azurerm_cdn_frontdoor_origin_group: inside('cdn_frontdoor_profile_id', 'originGroups'),
  azurerm_cdn_frontdoor_profile: inGroup('Microsoft.Cdn/profiles'),
  azurerm_cdn_frontdoor_route: inside('cdn_frontdoor_endpoint_id', 'routes'),
  azurerm_cdn_frontdoor_rule: inside('cdn_frontdoor_rule_set_id', 'rules'),
  azurerm_cdn_frontdoor_rule_set: inside('cdn_frontdoor_profile_id', 'ruleSets'),
  azurerm_cdn_frontdoor_secret: inside('cdn_frontdoor_profile_id', 'secrets'),
  azurerm_cdn_frontdoor_security_policy: inside('cdn_frontdoor_profile_id', 'securityPolicies'),
  azurerm_container_registry: inGroup('Microsoft.ContainerRegistry/registries'),
  azurerm_container_registry_agent_pool: (values, subscription) =>
    `${inGroup('Microsoft.ContainerRegistry/registries')({ ...values, name: values.container_registry_name ?? '' }, subscription)}/agentPools/${text(values, 'name')}`,
  azurerm_federated_identity_credential: inside('user_assigned_identity_id', 'federatedIdentityCredentials'),
  azurerm_key_vault: inGroup('Microsoft.KeyVault/vaults'),
  azurerm_key_vault_secret: (values) =>
    `https://${lastOf(text(values, 'key_vault_id'))}.vault.azure.net/secrets/${text(values, 'name')}`,
  azurerm_kubernetes_cluster: inGroup('Microsoft.ContainerService/managedClusters'),
  azurerm_kubernetes_cluster_node_pool: inside('kubernetes_cluster_id', 'agentPools'),
  azurerm_log_analytics_workspace: inGroup('Microsoft.OperationalInsights/workspaces'),
  azurerm_monitor_action_group: inGroup('Microsoft.Insights/actionGroups'),
  azurerm_monitor_alert_prometheus_rule_group: inGroup('Microsoft.AlertsManagement/prometheusRuleGroups'),
  azurerm_monitor_data_collection_endpoint: inGroup('Microsoft.Insights/dataCollectionEndpoints'),
  azurerm_monitor_data_collection_rule: inGroup('Microsoft.Insights/dataCollectionRules'),
  azurerm_monitor_data_collection_rule_association: inside(
    'target_resource_id',
    'providers/Microsoft.Insights/dataCollectionRuleAssociations',
  ),
  azurerm_monitor_diagnostic_setting: (values) => `${text(values, 'target_resource_id')}|${text(values, 'name')}`,
  azurerm_monitor_metric_alert: inGroup('Microsoft.Insights/metricAlerts'),
  azurerm_monitor_workspace: inGroup('Microsoft.Monitor/accounts'),
  azurerm_nat_gateway: inGroup('Microsoft.Network/natGateways'),
  azurerm_nat_gateway_public_ip_association: (values) =>
    `${text(values, 'nat_gateway_id')}|${text(values, 'public_ip_address_id')}`,
  azurerm_network_security_group: inGroup('Microsoft.Network/networkSecurityGroups'),
  azurerm_postgresql_flexible_server: inGroup('Microsoft.DBforPostgreSQL/flexibleServers'),
  azurerm_postgresql_flexible_server_active_directory_administrator: (values, subscription) =>
    `${inGroup('Microsoft.DBforPostgreSQL/flexibleServers')({ ...values, name: values.server_name ?? '' }, subscription)}/administrators/${text(values, 'object_id')}`,
  azurerm_postgresql_flexible_server_configuration: inside('server_id', 'configurations'),
  azurerm_postgresql_flexible_server_database: inside('server_id', 'databases'),
  azurerm_private_dns_zone: inGroup('Microsoft.Network/privateDnsZones'),
  azurerm_private_dns_zone_virtual_network_link: inside('private_dns_zone_id', 'virtualNetworkLinks'),
  azurerm_private_endpoint: inGroup('Microsoft.Network/privateEndpoints'),
  azurerm_public_ip: inGroup('Microsoft.Network/publicIPAddresses'),
  azurerm_resource_group: (values, subscription) =>
    `/subscriptions/${subscription}/resourceGroups/${text(values, 'name')}`,
  azurerm_role_assignment: (values) =>
    `${text(values, 'scope')}/providers/Microsoft.Authorization/roleAssignments/${roleAssignmentName(values)}`,
  azurerm_role_definition: (values, subscription) =>
    `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleDefinitionName(values)}|${text(values, 'scope')}`,
  azurerm_storage_account: inGroup('Microsoft.Storage/storageAccounts'),
  azurerm_storage_container: inside('storage_account_id', 'blobServices/default/containers'),
  azurerm_storage_share: inside('storage_account_id', 'fileServices/default/shares'),
  azurerm_subnet: (values, subscription) =>
    `${inGroup('Microsoft.Network/virtualNetworks')({ ...values, name: values.virtual_network_name ?? '' }, subscription)}/subnets/${text(values, 'name')}`,
  azurerm_subnet_nat_gateway_association: (values) => text(values, 'subnet_id'),
  azurerm_subnet_network_security_group_association: (values) => text(values, 'subnet_id'),
  azurerm_user_assigned_identity: inGroup('Microsoft.ManagedIdentity/userAssignedIdentities'),
  azurerm_virtual_network: inGroup('Microsoft.Network/virtualNetworks'),
};

/** The types that have an id here. */
export const typesWithIds: readonly string[] = Object.keys(ids);

/** The id that Azure knows a resource by, which for a secret is the one without a version. */
export function azureId(type: string, values: Values, subscription: string): string {
  const idOf = ids[type];
  if (idOf === undefined) throw new Error(`not simulated: the id of ${type}`);
  return idOf(values, subscription);
}

/** A GUID that is always the same for the same text. */
export function guid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Named by who may do what where, so that the same assignment twice is refused, as Azure does. */
function roleAssignmentName(values: Values): string {
  const role = values.role_definition_name ?? values.role_definition_id;
  return typeof values.name === 'string' ? values.name : guid(`${values.scope} ${values.principal_id} ${role}`);
}

/** Azure takes any GUID; the provider makes one up when none is given. */
function roleDefinitionName(values: Values): string {
  return typeof values.role_definition_id === 'string'
    ? values.role_definition_id
    : guid(`${values.scope} ${values.name}`);
}
