/**
 * Finds any of many texts in one pass. A plan may hold tens of thousands of secrets; looking for one after the other, or
 * by a regular expression of all, takes seconds.
 *
 * The method of Wu and Manber (1994): the last three characters of a window decide how far it may jump without passing
 * over any of the texts. Where it may not jump, what begins in the window is looked up by its length, so that many texts
 * that begin alike, as connection strings do, cost no more than others.
 */

/** Where texts were found: starts and ends in turn, in order, without overlaps. */
export type Ranges = readonly number[];

/** A search for a fixed set of texts. */
export interface TextSearch {
  find(text: string): Ranges;
}

const BLOCK = 3;
const TABLE_SIZE = 1 << 18;
const LONGEST_JUMP = 255;

/** @param wanted texts of at least four characters */
export function createTextSearch(wanted: Iterable<string>): TextSearch {
  const texts = new Set(wanted);
  if (texts.size === 0) return { find: () => [] };
  let window = LONGEST_JUMP;
  for (const text of texts) window = Math.min(window, text.length);
  const jumps = new Uint8Array(TABLE_SIZE).fill(window - BLOCK + 1);
  /** By the hash of what the window holds: lengths of the texts that begin so. Nearly always there is but one. */
  const lengths = new Map<number, number | number[]>();
  for (const text of texts) {
    for (let end = BLOCK; end <= window; end += 1) {
      const block = blockBefore(text, end);
      if (window - end < (jumps[block] ?? 0)) jumps[block] = window - end;
    }
    const beginning = hashOf(text, 0, window);
    const others = lengths.get(beginning);
    if (others === undefined) lengths.set(beginning, text.length);
    else if (typeof others === 'number') {
      if (others !== text.length) lengths.set(beginning, [others, text.length]);
    } else if (!others.includes(text.length)) others.push(text.length);
  }

  return {
    find(text) {
      const ranges: number[] = [];
      let end = window;
      while (end <= text.length) {
        const jump = jumps[blockBefore(text, end)] ?? 0;
        if (jump > 0) {
          end += jump;
          continue;
        }
        const start = end - window;
        for (const length of [lengths.get(hashOf(text, start, end)) ?? []].flat())
          if (texts.has(text.slice(start, start + length))) addRange(ranges, start, start + length);
        // One further, not past the end: another secret may begin inside this one.
        end += 1;
      }
      return ranges;
    },
  };
}

/** The three characters before `end`, as a place in the table. */
function blockBefore(text: string, end: number): number {
  const hash = (text.charCodeAt(end - 3) * 61 + text.charCodeAt(end - 2)) * 61 + text.charCodeAt(end - 1);
  return hash & (TABLE_SIZE - 1);
}

function hashOf(text: string, start: number, end: number): number {
  let hash = 0;
  for (let index = start; index < end; index += 1) hash = (hash * 31 + text.charCodeAt(index)) | 0;
  return hash;
}

/** Appends, or lengthens the last when they overlap. */
function addRange(ranges: number[], start: number, end: number): void {
  const last = ranges.length - 1;
  const lastEnd = ranges[last];
  if (lastEnd !== undefined && start < lastEnd) ranges[last] = Math.max(lastEnd, end);
  else ranges.push(start, end);
}

/** The text with every range replaced. */
export function replaceRanges(text: string, ranges: Ranges, replacement: string): string {
  if (ranges.length === 0) return text;
  let result = '';
  let from = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    result += text.slice(from, ranges[index]) + replacement;
    from = ranges[index + 1] ?? from;
  }
  return result + text.slice(from);
}
