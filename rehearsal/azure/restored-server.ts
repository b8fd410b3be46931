/**
 * A database server that is made from the backups of another one: it has that one's databases and sign-in. A password that is
 * sent along is not looked at (https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore: the
 * server is a copy as of the moment, credentials included); a new one is given afterwards.
 */
import type { Values } from '../terraform/provider/values.ts';
import type { AzureState } from './state.ts';

type Server = AzureState['databaseServers'][string];

/**
 * The server's sign-in, once its databases are there for Terraform to find; undefined when it is made from nothing.
 *
 * @throws Error with Azure's sentence when there is no such server to restore, or no moment is given
 */
export function restored(state: AzureState, id: string, values: Values): Omit<Server, 'host'> | undefined {
  const { create_mode: mode, source_server_id: from, point_in_time_restore_time_in_utc: at } = values;
  if (mode !== 'PointInTimeRestore' && mode !== 'GeoRestore') return undefined;
  if (typeof at !== 'string')
    throw new Error(`\`point_in_time_restore_time_in_utc\` is required when \`create_mode\` is ${mode}`);
  const source = state.databaseServers[String(from).toLowerCase()];
  if (source === undefined)
    throw new Error(
      `unexpected status 404 (404 Not Found) with error: ResourceNotFound: The Resource '${from}' was not found.`,
    );
  const type = 'azurerm_postgresql_flexible_server_database';
  const databases = Object.values(state.terraform).filter(
    (made) => made.type === type && made.values.server_id === from,
  );
  for (const { values: database } of databases) {
    const copy = `${id}/databases/${String(database.name)}`;
    state.terraform[`${type} ${copy.toLowerCase()}`] = {
      type,
      id: copy,
      values: { ...database, id: copy, server_id: id },
    };
  }
  return { user: source.user, password: source.password };
}
