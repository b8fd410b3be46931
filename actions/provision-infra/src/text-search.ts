/**
 * Finds any of many texts in one pass. A plan may hold tens of thousands of secrets; looking for one after the other, or
 * by a regular expression of all, takes seconds.
 *
 * The method of Wu and Manber (1994): the last three characters of a window decide how far it may jump without passing
 * over any of the texts. Where it may not jump, the texts that begin like the window are compared; when they are many, as
 * connection strings may be, they are looked up by their lengths.
 */

/** Where texts were found: starts and ends in turn, in order, without overlaps. */
export type Ranges = readonly number[];

/** A search for a fixed set of texts. */
export interface TextSearch {
  find(text: string): Ranges;
}

const BLOCK = 3;
/** Places of the tables for each text; powers of two, so that a hash is cut by a mask. */
const PLACES_FOR_A_TEXT = 16;
const MOST_PLACES = 1 << 18;
/** A wider window jumps further, and takes longer to prepare. */
const WIDEST_WINDOW = 10;
/** Texts with one beginning that are compared one by one. */
const FEW = 8;

/** @param wanted texts of at least four characters */
export function createTextSearch(wanted: readonly string[]): TextSearch {
  if (wanted.length === 0) return { find: () => [] };
  let window = WIDEST_WINDOW;
  for (const text of wanted) window = Math.min(window, text.length);
  const places = Math.min(MOST_PLACES, 2 ** Math.ceil(Math.log2(wanted.length * PLACES_FOR_A_TEXT)));
  const mask = places - 1;
  const jumps = new Uint8Array(places).fill(window - BLOCK + 1);
  const beginnings = new Beginnings(wanted, window, places);
  for (const text of wanted) {
    let [first, second] = [text.charCodeAt(0), text.charCodeAt(1)];
    for (let end = BLOCK; end <= window; end += 1) {
      const third = text.charCodeAt(end - 1);
      const block = blockOf(first, second, third) & mask;
      if (window - end < (jumps[block] ?? 0)) jumps[block] = window - end;
      first = second;
      second = third;
    }
  }

  return {
    find(text) {
      const ranges: number[] = [];
      let end = window;
      while (end <= text.length) {
        const block = mask & blockOf(text.charCodeAt(end - 3), text.charCodeAt(end - 2), text.charCodeAt(end - 1));
        const jump = jumps[block] ?? 0;
        if (jump > 0) {
          end += jump;
          continue;
        }
        const start = end - window;
        const length = beginnings.longestAt(text, start);
        if (length > 0) addRange(ranges, start, start + length);
        // One further, not past the end: another secret may begin inside this one.
        end += 1;
      }
      return ranges;
    },
  };
}

/** Texts by what they begin with. Chains in typed arrays: tens of thousands of small objects would be slow to make. */
class Beginnings {
  readonly #texts: readonly string[];
  readonly #window: number;
  /** The last text with a hash, and for each text the one before it; one too high, so that 0 is the end. */
  readonly #last: Int32Array;
  readonly #before: Int32Array;
  readonly #count: Uint8Array;
  /** Where there are more than a few. */
  readonly #crowds = new Map<number, { texts: Set<string>; lengths: Set<number> }>();

  constructor(texts: readonly string[], window: number, places: number) {
    this.#texts = texts;
    this.#window = window;
    this.#last = new Int32Array(places);
    this.#count = new Uint8Array(places);
    this.#before = new Int32Array(texts.length);
    for (let index = 0; index < texts.length; index += 1) this.#add(texts[index] ?? '', index);
  }

  #add(text: string, index: number): void {
    const place = this.#placeOf(text, 0);
    const count = this.#count[place] ?? 0;
    if (count <= FEW) this.#count[place] = count + 1;
    if (count < FEW) {
      this.#before[index] = this.#last[place] ?? 0;
      this.#last[place] = index + 1;
      return;
    }
    let crowd = this.#crowds.get(place);
    if (crowd === undefined) {
      crowd = { texts: new Set(), lengths: new Set() };
      this.#crowds.set(place, crowd);
    }
    crowd.texts.add(text);
    crowd.lengths.add(text.length);
  }

  /** The length of the longest text that stands there; 0 for none. */
  longestAt(text: string, start: number): number {
    const place = this.#placeOf(text, start);
    let longest = 0;
    for (let link = this.#last[place] ?? 0; link !== 0; link = this.#before[link - 1] ?? 0) {
      const one = this.#texts[link - 1] ?? '';
      if (one.length > longest && text.startsWith(one, start)) longest = one.length;
    }
    const crowd = (this.#count[place] ?? 0) > FEW ? this.#crowds.get(place) : undefined;
    for (const length of crowd?.lengths ?? [])
      if (length > longest && crowd?.texts.has(text.slice(start, start + length))) longest = length;
    return longest;
  }

  #placeOf(text: string, start: number): number {
    let hash = 0;
    for (let index = start; index < start + this.#window; index += 1)
      hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
    return (hash ^ (hash >>> 15)) & (this.#last.length - 1);
  }
}

/** Three characters as a number, of which the mask makes a place in the table. */
function blockOf(first: number, second: number, third: number): number {
  return (first * 61 + second) * 61 + third;
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
