/** The parts of a comment that several jobs keep, and which of two versions of a part is the newer. Pure. */

/** Which run a section is of. Numbers of runs and attempts grow; a job that writes twice is told apart by the time. */
export interface Revision {
  run: number;
  attempt: number;
  /** Milliseconds since the epoch. */
  time: number;
}

/** One part, by its key: an environment, or an environment and a Terraform root. */
export interface Section {
  key: string;
  revision: Revision;
  /** Abbreviated commit that it speaks of. */
  commit: string;
  /** Markdown. What comes after `DETAILS_MARK` is left out when there is no room. */
  text: string;
  /** Details were left out. */
  isShort: boolean;
}

/** The sections of a comment by key. */
export type Sections = ReadonlyMap<string, Section>;

const KEY = /^[A-Za-z0-9][\w./-]{0,99}$/;

/** Whether a text can be a key: it stands in a hidden mark, and orders the sections. */
export function isSectionKey(text: string): boolean {
  return KEY.test(text) && !text.includes('--');
}

/** Positive when `a` is of a later run, attempt or moment than `b`. */
export function compareRevisions(a: Revision, b: Revision): number {
  return a.run - b.run || a.attempt - b.attempt || a.time - b.time;
}

/** The newest version of every section; of one revision, the one that is whole. */
export function newestSections(...lists: readonly Sections[]): Map<string, Section> {
  const newest = new Map<string, Section>();
  for (const section of lists.flatMap((list) => [...list.values()])) {
    const known = newest.get(section.key);
    const order = known === undefined ? 1 : compareRevisions(section.revision, known.revision);
    if (order > 0 || (order === 0 && known?.isShort === true && !section.isShort)) newest.set(section.key, section);
  }
  return newest;
}

/** Whether `shown` has every section of `known`, each as new or newer. */
export function covers(shown: Sections, known: Sections): boolean {
  return [...known.values()].every(({ key, revision }) => {
    const there = shown.get(key);
    return there !== undefined && compareRevisions(there.revision, revision) >= 0;
  });
}
