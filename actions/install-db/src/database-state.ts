/** The answer of `moodle-database state`: one line of JSON, the last of that shape in what the command prints. */

/** A Moodle: its version number (`2024100708`) and its release (`4.5.8 (Build: …)`). */
export interface Version {
  version: string;
  release: string;
}

/** What the database is, and which code said so. `database` is null while the tables have no version. */
export type DatabaseState = { code: Version; database: Version | null } & (
  | { state: 'empty' | 'installed' }
  /** `unfinished`: an upgrade was cut off before it put maintenance mode and cron back. */
  | { state: 'newer-than-code'; unfinished?: boolean }
  /** `maintenance`: whether the upgrade needs maintenance mode; absent where Moodle could not tell. */
  | { state: 'upgrade-pending'; unfinished?: boolean; maintenance?: boolean }
  /** People and courses besides those that the installer itself makes. */
  | { state: 'partial'; tables: number; missing: string[]; people: number; courses: number }
  | { state: 'unreachable'; detail: string }
);

const STATES = new Set(['empty', 'installed', 'upgrade-pending', 'newer-than-code', 'partial', 'unreachable']);

/** The state in a text, or undefined when it holds none. */
export function readState(output: string): DatabaseState | undefined {
  return output
    .split('\n')
    .reverse()
    .map(parseLine)
    .find((state) => state !== undefined);
}

/** Checks a line's shape: a log may hold other JSON. */
function parseLine(line: string): DatabaseState | undefined {
  const text = line.trim();
  if (!text.startsWith('{"state":')) return undefined;
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { state, code, database } = value;
  if (typeof state !== 'string' || !STATES.has(state) || !isVersion(code)) return undefined;
  if (database !== null && !isVersion(database)) return undefined;
  if (state === 'partial' && !isPartial(value)) return undefined;
  if (state === 'unreachable' && typeof value.detail !== 'string') return undefined;
  return value as unknown as DatabaseState;
}

function isPartial({ missing, tables, people, courses }: Record<string, unknown>): boolean {
  return Array.isArray(missing) && [tables, people, courses].every((count) => typeof count === 'number');
}

function isVersion(value: unknown): value is Version {
  if (typeof value !== 'object' || value === null) return false;
  const { version, release } = value as Partial<Version>;
  return typeof version === 'string' && typeof release === 'string';
}

/** `4.5.8 (Build: 20260101)`, or the bare number when half an installation has no release yet. */
export function named(version: Version): string {
  return version.release === '' ? version.version : version.release;
}
