/** What is to be done about a database in a state. Pure. */
import type { Step } from '#toolkit/action/steps';
import { UserError } from '#toolkit/errors';
import { type DatabaseState, named } from './database-state.ts';
import type { Task } from './job.ts';
import type { Inputs } from './requirements.ts';

/** What was seen. */
export type Observed =
  /** A plan that has nobody to ask; `why` says what must be there first. */
  | { kind: 'unknown'; why: string }
  /** A Job of an earlier run works on it now, with our image. */
  | { kind: 'busy'; job: string; task: string }
  | { kind: 'seen'; state: DatabaseState };

/** What is to be done: at most one task. */
export interface Plan {
  steps: readonly Step[];
  /** To start. */
  task?: Exclude<Task, 'state'>;
  /** To follow to its end. */
  follow?: string;
}

/**
 * The least work that makes the database fit the image.
 *
 * @throws UserError when nothing may be done by itself, with what a person can do
 */
export function plan(observed: Observed, onPartial: Inputs['onPartial']): Plan {
  if (observed.kind === 'unknown') {
    const reason = `whether to install, to upgrade or to do nothing is known ${observed.why}`;
    return { steps: [{ action: 'check', target: 'database', reason }] };
  }
  if (observed.kind === 'busy') {
    const reason = `an earlier run's ${observed.task} is still at work`;
    return { steps: [{ action: 'follow', target: `Job/${observed.job}`, reason }], follow: observed.job };
  }
  const { state } = observed;
  switch (state.state) {
    case 'installed':
      return { steps: [] };
    case 'empty':
      return {
        steps: [{ action: 'install', target: 'database', reason: `Moodle ${named(state.code)}` }],
        task: 'install',
      };
    case 'upgrade-pending':
      return { steps: [{ action: 'upgrade', target: 'database', reason: upgradeReason(state) }], task: 'upgrade' };
    case 'partial':
      if (onPartial === 'stop' || state.people > 0 || state.courses > 0) throw new UserError(refusal(state));
      return {
        steps: [
          {
            action: 'reinstall',
            target: 'database',
            reason: `drop ${state.tables} tables of a cut-off installation that nobody has used, install Moodle ${named(state.code)}`,
          },
        ],
        task: 'reinstall',
      };
    default:
      throw new UserError(refusal(state));
  }
}

function upgradeReason(state: DatabaseState & { state: 'upgrade-pending' }): string {
  const { code, database } = state;
  if (state.unfinished === true) return 'an upgrade was cut off before it ended maintenance mode';
  if (database === null || database.version === code.version) return `plugins of Moodle ${named(code)}`;
  return `Moodle ${named(database)} to ${named(code)}`;
}

/** Why a state is not touched, and what to do. */
export function refusal(state: DatabaseState): string {
  switch (state.state) {
    case 'newer-than-code': {
      const database = state.database === null ? 'another version' : named(state.database);
      return `The database is of Moodle ${database}, and the image is older (${named(state.code)}): Moodle has no way back. Deploy an image of at least that version, or restore the database to a time before its upgrade.`;
    }
    case 'partial': {
      const found = `An installation began and did not end: there are ${state.tables} tables, but these are missing: ${state.missing.join(', ')}.`;
      return state.people > 0 || state.courses > 0
        ? `${found} There are ${state.people} people and ${state.courses} courses in it, so it is not dropped: restore a backup.`
        : `${found} Nobody has used it; set input "on-partial" to reinstall to drop its tables and begin again.`;
    }
    case 'unreachable':
      return `Moodle's pods cannot reach the database: ${state.detail || 'no reason was given'}. Check that PgBouncer runs, that PostgreSQL is up, and that the Key Vault secret "database-password" is its password.`;
    default:
      return `The database is in the state "${state.state}", not "installed".`;
  }
}
