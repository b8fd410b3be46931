/** Lines of a diff, as many as there is room for. */

/** How a line is marked. GitHub colours the first three of a fence named `diff`: green, red, orange. */
export type Sign = '+' | '-' | '!' | ' ';

/** Room for one diff, and how values are written in it. */
export interface DiffLimits {
  /** Characters of all lines, their ends included. */
  characters: number;
  /** Characters of one value on one line. */
  value: number;
  /** Lines of one text of many lines. */
  textLines: number;
}

/** Takes lines until there is no room; from then on none. */
export class DiffLines {
  readonly limits: DiffLimits;
  readonly lines: string[] = [];
  #room: number;
  /** Whether a line found no room. */
  full = false;

  constructor(limits: DiffLimits) {
    this.limits = limits;
    this.#room = limits.characters;
  }

  /** @param depth of nesting, from 0 */
  add(sign: Sign, depth: number, text: string): void {
    if (this.full) return;
    const line = harmlessLine(`${sign} ${'  '.repeat(depth)}${text}`);
    this.full = line.length + 1 > this.#room;
    if (this.full) return;
    this.#room -= line.length + 1;
    this.lines.push(line);
  }
}

/**
 * The line as it is seen. Control characters and those that turn the direction of writing around are written as escapes:
 * a reviewer must see what is there. A log that the text is printed to must not take a line for a command of its runner.
 */
function harmlessLine(line: string): string {
  if (UNSEEN.test(line)) line = line.replace(EVERY_UNSEEN, escapeCharacter);
  if (line.includes('::')) line = line.replace(/^(.\s*)::/, '$1:\u200b:');
  return line.includes('##[') ? line.replaceAll('##[', '##\u200b[') : line;
}

const UNSEEN = /[^\P{Cc}\t]|[\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const EVERY_UNSEEN = new RegExp(UNSEEN, 'gu');

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
