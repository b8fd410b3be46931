/** Lines of a diff, as many as there is room for. */

/** How a line is marked. GitHub colours the first three of a fence named `diff`: green, red, orange. */
export type Sign = '+' | '-' | '!' | ' ';

/** Room for one diff, and how values are written in it. */
export interface DiffLimits {
  /** Size of all lines, their ends included, as `measure` has it. */
  size: number;
  measure(text: string): number;
  /** Characters of one value on one line. */
  value: number;
  /** Lines of one text of many lines. */
  textLines: number;
}

/** A part with less room says nothing. */
const LEAST_PART = 400;

/** Takes lines until there is no room; from then on none. */
export class DiffLines {
  readonly limits: DiffLimits;
  readonly lines: string[] = [];
  #room: number;
  /** Of the room, what is kept from the part that is being written. */
  #kept = 0;
  /** Whether a line found no room. */
  full = false;

  constructor(limits: DiffLimits) {
    this.limits = limits;
    this.#room = limits.size;
  }

  /** @param depth of nesting, from 0 */
  add(sign: Sign, depth: number, text: string): void {
    if (this.full) return;
    const line = harmlessLine(`${sign} ${'  '.repeat(depth)}${text}`);
    const size = this.limits.measure(line) + 1;
    this.full = size > this.#room - this.#kept;
    if (this.full) return;
    this.#room -= size;
    this.lines.push(line);
  }

  /** Writes a part, which takes no more than half of the room; answers whether all of it found room. */
  addPart(write: () => void): boolean {
    this.#kept = Math.floor(Math.max(0, Math.min(this.#room / 2, this.#room - LEAST_PART)));
    write();
    const isWhole = !this.full;
    this.full = !isWhole && this.#kept === 0;
    this.#kept = 0;
    if (!isWhole) this.add(' ', 0, '… the rest of it is left out');
    return isWhole;
  }
}

/** A log that the line is printed to must not take it for a command of its runner, nor Markdown for the end of a fence. */
function harmlessLine(line: string): string {
  if (HARMLESS.test(line)) return line;
  let harmless = visible(line);
  if (harmless.includes('::')) harmless = harmless.replace(/^(.\s*)::/, '$1:\u200b:');
  if (harmless.includes('##[')) harmless = harmless.replaceAll('##[', '##\u200b[');
  return harmless.includes('```') ? harmless.replace(/^(\s*)```/, '$1`\u200b``') : harmless;
}

/**
 * A text as it is seen: control characters and those that turn the direction of writing around are written as escapes. A
 * reviewer must see what is there.
 */
export function visible(text: string): string {
  return !PLAIN.test(text) && UNSEEN.test(text) ? text.replace(EVERY_UNSEEN, escapeCharacter) : text;
}

/** Nearly every line: without colons, number signs and backticks, and all of it seen. */
const HARMLESS = /^[\t !"$-9;-_a-~]*$/;

/** Nearly every text, and quicker to tell. */
const PLAIN = /^[\t -~]*$/;
const UNSEEN = /[^\P{Cc}\t]|[\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const EVERY_UNSEEN = new RegExp(UNSEEN, 'gu');

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
