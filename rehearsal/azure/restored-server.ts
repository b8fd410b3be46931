/**
 * A database server that is made from the backups of another one: it has that one's databases and sign-in. A password that is
 * sent along is not looked at (https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore: the
 * server is a copy as of the moment, credentials included); a new one is given afterwards.
 */
import { randomBytes } from 'node:crypto';
import type { Values } from '../terraform/provider/values.ts';
import type { AzureState } from './state.ts';

/** Who signs in to a server. */
interface SignIn {
  user: string;
  password: string;
}

const DATABASE = 'azurerm_postgresql_flexible_server_database';

/**
 * The server's sign-in, once its databases are there for Terraform to find; undefined when it is made from nothing.
 *
 * @throws Error with Azure's sentence when there is no such server to restore, or no moment is given
 */
export function restored(state: AzureState, id: string, values: Values): SignIn | undefined {
  const { create_mode: mode, source_server_id: from, point_in_time_restore_time_in_utc: at } = values;
  if (mode !== 'PointInTimeRestore' && mode !== 'GeoRestore') return undefined;
  if (typeof at !== 'string')
    throw new Error(`\`point_in_time_restore_time_in_utc\` is required when \`create_mode\` is  ${mode}`);
  const source = state.databaseServers[String(from).toLowerCase()];
  if (source === undefined && mode === 'PointInTimeRestore')
    throw new Error(
      `unexpected status 404 (404 Not Found) with error: ResourceNotFound: The Resource '${from}' was not found.`,
    );
  const known = Object.values(state.terraform).filter(
    ({ type, values: database }) => type === DATABASE && database.server_id === from,
  );
  // A region that is lost is in no cloud of the rehearsal: its backups hold one database, and nobody here has its password.
  const lost = { name: 'moodle', charset: 'UTF8', collation: 'en_US.utf8' };
  for (const database of source === undefined ? [lost] : known.map((made) => made.values)) {
    const copy = `${id}/databases/${String(database.name)}`;
    state.terraform[`${DATABASE} ${copy.toLowerCase()}`] = {
      type: DATABASE,
      id: copy,
      values: { ...database, id: copy, server_id: id },
    };
  }
  return source ?? { user: String(values.administrator_login), password: randomBytes(18).toString('base64url') };
}
