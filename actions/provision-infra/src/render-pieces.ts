/** Pieces of a rendered plan, each whole. Pure. */
import type { Entry, Section } from './render-sections.ts';

/** The size of a text, in what is counted. */
export type Measure = (text: string) => number;

/** A section as far as it has been filled. */
export interface Filled {
  section: Section;
  /** Folds with diffs. */
  blocks: string[];
  /** Lines of the entries that have none. */
  rows: { entry: Entry; row: string }[];
  /** Entries that are not even named. */
  left: number;
}

/** What found no room. */
export interface Left {
  /** Entries that are not named. */
  names: number;
  /** Entries that are named without their diff. */
  diffs: number;
  /** Attributes of diffs that are shown in part. */
  attributes: number;
}

/** With less room, a diff says nothing. */
const LEAST_DIFF = 100;
/** Characters of one value, and lines of one text, for so much room. */
const ROOM_FOR_A_CHARACTER = 20;
const ROOM_FOR_A_LINE = 150;

/** An entry as a fold with its diff. The text is empty when there is no difference to see; undefined when there is no room. */
export function renderBlock(
  { title, diff }: Entry,
  { isOpen, most, measure }: { isOpen: boolean; most: number; measure: Measure },
): { text: string; left: number } | undefined {
  // Before anything is compared: thousands of entries may come after the room is used up.
  if (diff === undefined || most < LEAST_DIFF) return undefined;
  const name = title();
  const frame = (lines: string, left: number): string => {
    const more = left === 0 ? '' : `\n\n${left} more ${left === 1 ? 'attribute' : 'attributes'}.`;
    const body = `\`\`\`diff\n${lines}\n\`\`\`${more}`;
    return name === '' ? body : `<details${isOpen ? ' open' : ''}><summary>${name}</summary>\n\n${body}\n\n</details>`;
  };
  const size = most - measure(frame('', 1e9));
  if (size < LEAST_DIFF) return undefined;
  const limits = {
    size,
    measure,
    value: Math.max(80, Math.floor(size / ROOM_FOR_A_CHARACTER)),
    textLines: Math.max(10, Math.floor(size / ROOM_FOR_A_LINE)),
  };
  const { lines, left } = diff(limits);
  if (lines.length === 0) return left === 0 ? { text: '', left } : undefined;
  return { text: frame(lines.join('\n'), left), left };
}

export function renderSection({
  section: { heading, entries, isFolded, count = entries.length },
  blocks,
  rows,
  left,
}: Filled): string {
  const list = [...rows.map(({ row }) => row), ...(left === 0 ? [] : [`- … and ${left} more`])];
  const body = [...blocks, ...(list.length === 0 ? [] : [list.join('\n')])].join('\n\n');
  return isFolded
    ? `<details><summary><b>${heading}: ${count}</b></summary>\n\n${body}\n\n</details>`
    : `#### ${heading}: ${count}\n\n${body}`;
}

/** What was left out, and where it is. */
export function footerOf({ names, diffs, attributes }: Left, moreUrl: string | undefined): string {
  const parts = [
    ...(names === 0 ? [] : [`${names} ${names === 1 ? 'name' : 'names'}`]),
    ...(diffs === 0 ? [] : [`the changes of ${diffs} ${diffs === 1 ? 'resource' : 'resources'}`]),
    ...(attributes === 0 ? [] : [`${attributes} ${attributes === 1 ? 'attribute' : 'attributes'}`]),
  ];
  const where = moreUrl !== undefined && ADDRESS.test(moreUrl) ? `; [all of it](${moreUrl})` : '';
  return `Not shown, for lack of room: ${parts.join(', ')}${where}.`;
}

/** What can stand in a link as it is. */
const ADDRESS = /^https?:\/\/[\w./?&=%#:~+-]{1,500}$/;
