/** The environment that kubectl runs in. */

/**
 * How much kubectl's heap may grow before it is collected, in percent of what is alive. Go's own 100 collects several times
 * while a process only fills its own tables: a sixth of the time of one that is there for one request.
 */
export const GOGC = '400';

/** The environment of this process with it, unless it says so itself (https://go.dev/doc/gc-guide#GOGC). */
export function kubectlEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const known = Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { GOGC, ...Object.fromEntries(known) };
}
