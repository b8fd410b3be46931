/**
 * The post step of every action, in a file of its own beside the bundle: most steps of most jobs leave nothing behind, and
 * to find that out the bundle need not be loaded. It removes the folder that a killed main step left; when that left a note
 * as well, the bundle looks after it.
 */
import { rmSync } from 'node:fs';
import { NOTE_STATE, savedState, TEMPORARY_STATE } from './saved-state.ts';

/** The bundle. Not a literal, which would be looked for beside this source. */
const BUNDLE: string = './index.js';

const left = savedState(TEMPORARY_STATE);
if (left !== '') {
  rmSync(left, { recursive: true, force: true });
  if (savedState(NOTE_STATE) !== '') await import(/* webpackIgnore: true */ BUNDLE);
}
