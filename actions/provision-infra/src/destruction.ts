/** What a plan would take away, in the words of a warning. */
import type { Change } from './plan-model.ts';

/** Types whose deletion loses data or an address that others rely on. */
const STATEFUL = new Set([
  'azurerm_kubernetes_cluster',
  'azurerm_key_vault',
  'azurerm_key_vault_secret',
  'azurerm_postgresql_flexible_server',
  'azurerm_postgresql_flexible_server_database',
  'azurerm_storage_account',
  'azurerm_storage_container',
  'azurerm_storage_share',
  'azurerm_resource_group',
]);

/** Addresses in one sentence. */
const MOST_NAMED = 10;

/** One sentence for resources that hold data and one for the others; none when nothing is taken away. */
export function destructionWarnings(changes: readonly Change[]): string[] {
  const gone = changes.filter(({ action }) => action === 'delete' || action === 'replace');
  const stateful = gone.filter(({ type }) => STATEFUL.has(type));
  const others = gone.filter(({ type }) => !STATEFUL.has(type));
  return [
    ...(stateful.length === 0 ? [] : [`Data would be lost: this plan ${verbs(stateful)} ${named(stateful)}.`]),
    ...(others.length === 0 ? [] : [`This plan ${verbs(others)} ${named(others)}.`]),
  ];
}

function verbs(changes: readonly Change[]): string {
  const replaced = changes.some(({ action }) => action === 'replace');
  const deleted = changes.some(({ action }) => action === 'delete');
  return replaced && deleted ? 'deletes or replaces' : replaced ? 'replaces' : 'deletes';
}

function named(changes: readonly Change[]): string {
  const shown = changes.slice(0, MOST_NAMED).map(({ address }) => address);
  const left = changes.length - shown.length;
  return left > 0 ? `${shown.join(', ')} and ${left} more` : shown.join(', ');
}
