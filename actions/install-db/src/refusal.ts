/** Why a database is not touched, and what a person can do about it. Pure. */
import { type DatabaseState, named } from './database-state.ts';

/** Why a state is not touched, and what to do. */
export function refusal(state: DatabaseState): string {
  switch (state.state) {
    case 'newer-than-code': {
      const database = state.database === null ? 'another version' : named(state.database);
      const open =
        state.unfinished === true ? ' Its upgrade was cut off, so maintenance mode may be on until that is ended.' : '';
      return `The database is of Moodle ${database}, and the image is older (${named(state.code)}): Moodle has no way back.${open} Deploy an image of at least that version, or restore the database to a time before its upgrade.`;
    }
    case 'partial': {
      const found = `An installation began and did not end: there are ${state.tables} tables, but these are missing: ${state.missing.join(', ')}.`;
      return state.people > 0 || state.courses > 0
        ? `${found} It holds ${count(state.people, 'person', 'people')} and ${count(state.courses, 'course', 'courses')}, so it is not dropped: restore a backup.`
        : `${found} Nobody has used it; set input "on-partial" to reinstall to drop its tables and begin again.`;
    }
    case 'unreachable': {
      const detail = state.detail
        .replace(/\s*Is the server running on that host.*$/s, '')
        .replace(/\s+/g, ' ')
        .trim();
      return `Moodle's pods cannot reach the database: ${detail || 'no reason was given'}. ${unreachableAdvice(detail)}`;
    }
    default:
      return `The database is in the state "${state.state}", not "installed".`;
  }
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** What PostgreSQL and PgBouncer say, and what to look at then. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /password authentication failed|SASL authentication failed|wrong password/i,
    'Check that the Key Vault secret "database-password" is the password of the database\'s role. After a restore it may be an older one: "passwordVersion" of the environment file, raised by one, gives both a new one.',
  ],
  [
    /could not translate host name|Name or service not known/i,
    'Check that PgBouncer runs: the services must be deployed before.',
  ],
  [
    /too many (clients|connections)|no more connections allowed|remaining connection slots/i,
    'Lower the pool size of PgBouncer, or raise max_connections of the server.',
  ],
  [
    /no such database|does not exist/i,
    "Check the database's name in the platform's outputs and in PgBouncer's configuration.",
  ],
  [
    /server_login_retry|server login|pooler error|server conn crashed|connect failed/i,
    'PgBouncer runs, but PostgreSQL does not answer it: check that the server is up and reachable from the cluster.',
  ],
  [/connection refused|timeout expired|timed out/i, 'Check that PgBouncer runs: its pods must be ready.'],
];

function unreachableAdvice(detail: string): string {
  const known = CAUSES.find(([pattern]) => pattern.test(detail));
  return (
    known?.[1] ??
    'Check that PgBouncer runs, that PostgreSQL is up, and that the Key Vault secret "database-password" is its password.'
  );
}
