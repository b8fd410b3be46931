/** Keeps what holds data, or an address that others rely on, from being deleted by mistake. Pure. */
import type { ResourceChange } from '#toolkit/terraform/plan-format';

/** Types whose deletion loses data, keys, or a name and address that others are set to. */
const STATEFUL: ReadonlySet<string> = new Set([
  'azurerm_cdn_frontdoor_endpoint',
  'azurerm_cdn_frontdoor_profile',
  'azurerm_container_registry',
  'azurerm_cosmosdb_account',
  'azurerm_dns_zone',
  'azurerm_key_vault',
  'azurerm_key_vault_certificate',
  'azurerm_key_vault_key',
  'azurerm_key_vault_secret',
  'azurerm_kubernetes_cluster',
  'azurerm_log_analytics_workspace',
  'azurerm_managed_disk',
  'azurerm_monitor_workspace',
  'azurerm_mssql_database',
  'azurerm_mssql_server',
  'azurerm_mysql_flexible_database',
  'azurerm_mysql_flexible_server',
  'azurerm_netapp_volume',
  'azurerm_postgresql_flexible_server',
  'azurerm_postgresql_flexible_server_database',
  'azurerm_private_link_service',
  'azurerm_recovery_services_vault',
  'azurerm_redis_cache',
  'azurerm_redis_enterprise_cluster',
  'azurerm_resource_group',
  'azurerm_storage_account',
  'azurerm_storage_blob',
  'azurerm_storage_container',
  'azurerm_storage_share',
  'azurerm_virtual_network',
]);

/** A resource that would be taken away. */
export interface Destruction {
  address: string;
  action: 'delete' | 'replace';
  stateful: boolean;
}

/**
 * What a plan takes away, replacements first, then by address.
 *
 * @param guarded resources, `type.name`, that count as stateful whatever their type
 */
export function destructionsOf(changes: readonly ResourceChange[], guarded: readonly string[] = []): Destruction[] {
  const destructions = changes.flatMap(({ address, mode, type, change }): Destruction[] => {
    if (mode !== 'managed' || !change.actions.includes('delete')) return [];
    const action = change.actions.includes('create') ? 'replace' : 'delete';
    return [{ address, action, stateful: STATEFUL.has(type) || guarded.includes(address.replace(/\[.*$/, '')) }];
  });
  const order = ({ action, address }: Destruction): string => `${action === 'replace' ? 0 : 1} ${address}`;
  return destructions.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/**
 * What must not be done.
 *
 * @param allowed the addresses of the input `allow-destroy`
 * @param unfinished addresses that the reviewed plan creates and that were not made completely: nothing is in them yet
 */
export function refusedDestructions(
  destructions: readonly Destruction[],
  allowed: readonly string[],
  unfinished: ReadonlySet<string> = new Set(),
): Destruction[] {
  return destructions.filter(
    ({ address, stateful }) => stateful && !allowed.includes(address) && !unfinished.has(address),
  );
}

/** Addresses in one sentence. */
const MOST_NAMED = 10;

/** One sentence for what holds data and is allowed to go, and one for the others; none when nothing is taken away. */
export function destructionWarnings(destructions: readonly Destruction[]): string[] {
  const stateful = destructions.filter((gone) => gone.stateful);
  const others = destructions.filter((gone) => !gone.stateful);
  return [
    ...(stateful.length === 0 ? [] : [`Data would be lost: this plan ${verbs(stateful)} ${named(stateful)}.`]),
    ...(others.length === 0 ? [] : [`This plan ${verbs(others)} ${named(others)}.`]),
  ];
}

/** The refusal: what, and the lines that would allow it. */
export function refusalOf(refused: readonly Destruction[], mode: 'plan' | 'apply'): string {
  const lines = refused.map(({ address }) => address);
  const yaml = lines.map((address) => `"${address.replaceAll('"', '\\"')}"`).join(', ');
  const verb = mode === 'plan' ? 'would be refused' : 'is refused';
  return [
    `This plan ${verbs(refused)} ${named(refused)}, and with it what is stored there; it ${verb}.`,
    `If that is meant, give the input "allow-destroy" each address on a line of its own: ${lines.join(' ')} (in an environment file: \`allowDestroy: [${yaml}]\`).`,
  ].join('\n');
}

function verbs(gone: readonly Destruction[]): string {
  const replaced = gone.some(({ action }) => action === 'replace');
  const deleted = gone.some(({ action }) => action === 'delete');
  return replaced && deleted ? 'deletes or replaces' : replaced ? 'replaces' : 'deletes';
}

function named(gone: readonly Destruction[]): string {
  const shown = gone.slice(0, MOST_NAMED).map(({ address }) => address);
  const left = gone.length - shown.length;
  return left > 0 ? `${shown.join(', ')} and ${left} more` : shown.join(', ');
}
