/** What is to be done about a database in a state. Pure. */
import type { Step } from '#toolkit/action/steps';
import { UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import { type DatabaseState, named } from './database-state.ts';
import type { Task } from './job.ts';
import { refusal } from './refusal.ts';
import { compareReleases } from './release.ts';
import type { Inputs } from './requirements.ts';

/** What was seen. */
export type Observed =
  /** A plan that has nobody to ask; `why` says what must be there first. */
  | { kind: 'unknown'; why: string }
  /** A Job of an earlier run works on it now, with our image. */
  | { kind: 'busy'; job: KubeObject; task: string }
  | { kind: 'seen'; state: DatabaseState }
  /** A plan that asked a pod of another image, because none runs ours yet. `release` is what ours will be of. */
  | { kind: 'seen-by-another'; state: DatabaseState; release: string | undefined };

/** What is to be done: at most one task. */
export interface Plan {
  steps: readonly Step[];
  /** To start. */
  task?: Exclude<Task, 'state'>;
  /** To follow to its end. */
  follow?: KubeObject;
}

/**
 * The least work that makes the database fit the image.
 *
 * @throws UserError when nothing may be done by itself, with what a person can do
 */
export function plan(observed: Observed, onPartial: Inputs['onPartial']): Plan {
  if (observed.kind === 'unknown') {
    const reason = `whether to install, to upgrade or to do nothing is known ${observed.why}`;
    return { steps: [step('check', reason)] };
  }
  if (observed.kind === 'busy') {
    const reason = `an earlier run's ${observed.task} is still at work`;
    return {
      steps: [{ action: 'follow', target: `Job/${observed.job.metadata.name}`, reason }],
      follow: observed.job,
    };
  }
  if (observed.kind === 'seen-by-another') return planForNewImage(observed.state, observed.release, onPartial);
  const { state } = observed;
  switch (state.state) {
    case 'installed':
      return { steps: [] };
    case 'empty':
      return { steps: [step('install', `Moodle ${named(state.code)}`)], task: 'install' };
    case 'upgrade-pending':
      return { steps: [step('upgrade', upgradeReason(state))], task: 'upgrade' };
    case 'partial':
      return planPartial(state, onPartial, `Moodle ${named(state.code)}`);
    default:
      throw new UserError(refusal(state));
  }
}

function step(action: string, reason: string): Step {
  return { action, target: 'database', reason };
}

function planPartial(
  state: DatabaseState & { state: 'partial' },
  onPartial: Inputs['onPartial'],
  release: string,
): Plan {
  if (onPartial === 'stop' || state.people > 0 || state.courses > 0) throw new UserError(refusal(state));
  const reason = `drop ${state.tables} tables of a cut-off installation that nobody has used, install ${release}`;
  return { steps: [step('reinstall', reason)], task: 'reinstall' };
}

/** The database does not depend on who asks; what the code makes of it does, and that code is not there yet. */
function planForNewImage(state: DatabaseState, release: string | undefined, onPartial: Inputs['onPartial']): Plan {
  if (state.state === 'unreachable') throw new UserError(refusal(state));
  const wanted = release === undefined ? "the new image's Moodle" : `Moodle ${release}`;
  if (state.state === 'empty') return { steps: [step('install', wanted)] };
  if (state.state === 'partial') return { steps: planPartial(state, onPartial, wanted).steps };
  const found = named(state.database ?? state.code);
  const difference = release === undefined ? undefined : compareReleases(found, release);
  if (difference !== undefined && difference > 0) {
    throw new UserError(
      refusal({ ...state, state: 'newer-than-code', code: { version: release ?? '', release: release ?? '' } }),
    );
  }
  if (difference !== undefined && difference < 0) {
    const reason = `Moodle ${found} to ${release}; the new image says whether it needs maintenance mode`;
    return { steps: [step('upgrade', reason)] };
  }
  const reason = `the database is of Moodle ${found}; the new image says whether it or a plugin needs an upgrade`;
  return { steps: [step('check', reason)] };
}

function upgradeReason(state: DatabaseState & { state: 'upgrade-pending' }): string {
  const { code, database, maintenance } = state;
  const same = database === null || database.version === code.version;
  const what = same ? `plugins of Moodle ${named(code)}` : `Moodle ${named(database)} to ${named(code)}`;
  const how = maintenance === undefined ? '' : maintenance ? ', in maintenance mode' : ', without maintenance mode';
  if (state.unfinished !== true) return `${what}${how}`;
  return same
    ? 'an upgrade was cut off before it ended maintenance mode'
    : `${what}${how}, going on with an upgrade that was cut off`;
}
