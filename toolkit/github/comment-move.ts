/**
 * What a writer of a comment does next, given what it sees. Pure.
 *
 * GitHub has no way to say "write this if nobody wrote since", so a write can undo another that came between its look and
 * itself. Every writer therefore goes on looking until the comment has been the same for longer than the time between a
 * look and the write that follows: then nobody is left who looked before our section was there, and whoever looks later
 * keeps it.
 */
import { covers, newestSections, type Section, type Sections } from './comment-sections.ts';
import type { CommentContent } from './comment-text.ts';

/** A comment of ours that was seen. */
export interface SeenComment extends CommentContent {
  id: number;
  url: string;
}

/** The next step. `look` again later: nothing is to be changed now. */
export type Move =
  | { do: 'create'; sections: Sections }
  | { do: 'update'; id: number; sections: Sections }
  | { do: 'remove'; ids: readonly number[] }
  | { do: 'look'; write: string; url: string };

/** All that a writer knows: its own sections, and the newest of every other that it has ever seen. */
export function knownSections(own: Sections, seen: readonly SeenComment[]): Map<string, Section> {
  return newestSections(own, ...seen.map(({ sections }) => sections));
}

/**
 * Of several comments of ours the eldest, the one with the lowest id, stays: no later one can take its place. It gets what
 * the others hold; only then are they removed.
 */
export function nextMove(seen: readonly SeenComment[], known: Sections): Move {
  const [eldest, ...others] = [...seen].sort((a, b) => a.id - b.id);
  if (eldest === undefined) return { do: 'create', sections: known };
  if (!covers(eldest.sections, known)) return { do: 'update', id: eldest.id, sections: known };
  if (others.length > 0) return { do: 'remove', ids: others.map(({ id }) => id) };
  return { do: 'look', write: eldest.write, url: eldest.url };
}
