/** What the main step of an action leaves for its post step, by GitHub's `STATE_` variables. */

/** The main step's folder. It is there in the post step and not in the main step, which is how the two are told apart. */
export const TEMPORARY_STATE = 'temporary-directory';
/** What the post step has to look after; empty when nothing. */
export const NOTE_STATE = 'note';

/** What was left under that name; empty when nothing was. */
export function savedState(name: string): string {
  return process.env[`STATE_${name}`] ?? '';
}
