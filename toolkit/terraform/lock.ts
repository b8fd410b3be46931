/** Who holds the lock of a state, as terraform prints it, and how it is released. Pure. */
import { formatElapsed } from '../process/clock.ts';

/** A lock that somebody holds. */
export interface HeldLock {
  id: string;
  /** `user@host`. */
  who: string;
  /** `plan`, `apply`, … */
  operation: string;
  /** As terraform prints it. */
  created: string;
  /** The state, as the backend names it: for azurerm `CONTAINER/BLOB`. */
  path: string;
}

const FIELD = /^[\s│|]*(ID|Path|Operation|Who|Created):\s*(\S.*?)\s*$/gm;

/** Reads the part that begins with "Lock Info:"; undefined when there is none. */
export function readLock(text: string): HeldLock | undefined {
  const fields = Object.fromEntries([...text.matchAll(FIELD)].map(([, name, value]) => [name ?? '', value ?? '']));
  if (fields.ID === undefined) return undefined;
  return {
    id: fields.ID,
    who: fields.Who ?? 'another run',
    operation: (fields.Operation ?? 'unknown').replace(/^OperationType/, '').toLowerCase(),
    created: fields.Created ?? '',
    path: fields.Path ?? '',
  };
}

/**
 * Who holds it, for what and for how long, as the beginning of a sentence.
 *
 * @param now milliseconds since the epoch
 */
export function describeLock({ who, operation, created }: HeldLock, now: number): string {
  // Go prints `2026-11-24 05:00:00.123456789 +0000 UTC`.
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\S* \+0000/.exec(created) ?? [];
  const since = Date.parse(`${day}T${time}Z`);
  const age = Number.isNaN(since) ? '' : `for ${formatElapsed(Math.max(0, now - since))}, `;
  return `${who} (operation ${operation}, ${age}since ${created})`;
}

/** The commands that release it, for a person who knows that no run is left which holds it. */
export function releaseOf({ id, path }: HeldLock, onBlob: boolean): string {
  const force = `\`terraform force-unlock ${id}\` in the root's folder`;
  if (!onBlob) return force;
  const [container = '', ...blob] = path.split('/');
  return `${force}, or \`az storage blob lease break --auth-mode login --account-name ACCOUNT --container-name ${container} --blob-name ${blob.join('/')}\``;
}
