/** Whether kubectl is there and new enough, asked only when something fails: a call costs as much as the work it precedes. */
import { Cancelled, CommandError, TimedOut } from '../errors.ts';
import type { Exec } from '../process/exec.ts';
import { requireKubectl } from './kubectl.ts';

/** What a kubectl that is too old says of what it does not know. */
const NOT_UNDERSTOOD = /unknown (flag|shorthand flag|command)/;

/**
 * The same `Exec`, for kubectl: a failure because kubectl is missing or too old says so.
 *
 * @param ask runs kubectl to ask for its version
 */
export function explainingKubectl(exec: Exec, ask: Exec = exec): Exec {
  return async (request) => {
    try {
      return await exec(request);
    } catch (error) {
      const isAnswer = error instanceof CommandError && !NOT_UNDERSTOOD.test(error.stderr);
      if (!isAnswer && !(error instanceof Cancelled) && !(error instanceof TimedOut)) await requireKubectl(ask);
      throw error;
    }
  };
}
