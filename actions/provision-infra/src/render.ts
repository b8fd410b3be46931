/**
 * A plan as Markdown, for a comment and for a job summary, never longer than it may be: every piece is measured before it
 * is taken, and pieces are whole, so that what opens a fold or a fence also closes it. First everything is named, then
 * diffs are added as long as there is room, the dangerous first; what found none is counted. Pure.
 */
import type { Outcome } from '#toolkit/action/steps';
import type { PlanModel } from './plan-model.ts';
import { renderHead } from './render-head.ts';
import { type Filled, footerOf, type Left, type Measure, renderBlock, renderSection } from './render-pieces.ts';
import { type Section, sectionsOf } from './render-sections.ts';

/** A comment on GitHub holds so many characters. */
export const MOST_COMMENT_CHARACTERS = 65_536;
/** The summary of a step holds so many bytes. */
export const MOST_SUMMARY_BYTES = 1_048_576;
/** With less room, not even the headline would be sure to fit. */
export const LEAST_ROOM = 4000;

/** What is rendered, and into how much room. */
export interface RenderOptions {
  /** Plain text. */
  title: string;
  outcome: Outcome;
  /** Plain texts without secrets. */
  warnings?: readonly string[];
  /** How long it may be at most, in `unit`; at least `LEAST_ROOM`. */
  most: number;
  /** Characters as JavaScript counts them: never fewer than GitHub counts. */
  unit: 'characters' | 'bytes';
  /** Where all of it can be read, `https://…`. */
  moreUrl?: string;
}

/** Of what is left after the head, the part in which everything is named. */
const NAMES_PART = 0.6;
/** Room that a section leaves to each that follows: for each of its lines, and at most. */
const ROOM_FOR_A_LINE = 120;
const ROOM_FOR_A_SECTION = 1500;
/** Folds that are open from the start; more would hide each other. */
const MOST_OPEN = 3;
/** One resource must not take the room of all. */
const DIFF_PART = 1 / 8;

/** Never longer than `most`. */
export function renderPlan(model: PlanModel, options: RenderOptions): string {
  const { most, unit, moreUrl } = options;
  if (most < LEAST_ROOM) throw new RangeError(`A plan needs room for ${LEAST_ROOM} ${unit}, not ${most}.`);
  const measure: Measure = unit === 'bytes' ? (text) => Buffer.byteLength(text) : (text) => text.length;
  const footer = measure(footerOf({ names: 1e9, diffs: 1e9, attributes: 1e9 }, moreUrl)) + 2;
  const head = renderHead(model, options, { room: most / 3 - footer, measure });
  const room = most - measure(head) - footer;
  const { filled, used } = nameAll(sectionsOf(model), room * NAMES_PART, measure);
  const left = addDiffs(filled, { room: room - used, mostOfOne: most * DIFF_PART, measure });
  const shown = filled.filter(({ rows, blocks }) => rows.length + blocks.length > 0);
  const isWhole = left.names + left.diffs + left.attributes === 0;
  return [head, ...shown.map(renderSection), ...(isWhole ? [] : [footerOf(left, moreUrl)])].join('\n\n');
}

/** Names as many as there is room for, and leaves some to the sections that follow. */
function nameAll(sections: readonly Section[], room: number, measure: Measure): { filled: Filled[]; used: number } {
  let used = 0;
  let reserved = 0;
  for (const { entries } of sections) reserved += reserveFor(entries.length);
  const filled = sections.map((section) => {
    const one: Filled = { section, blocks: [], rows: [], left: section.entries.length };
    reserved -= reserveFor(section.entries.length);
    const frame = measure(renderSection({ ...one, left: 1e9 })) + 4;
    if (used + frame > room) return one;
    used += frame;
    for (const entry of section.entries) {
      const row = entry.row();
      const size = measure(row) + 2;
      if (used + size > room - reserved) break;
      used += size;
      one.rows.push({ entry, row });
      one.left -= 1;
    }
    return one;
  });
  return { filled, used };
}

function reserveFor(entries: number): number {
  return Math.min(entries * ROOM_FOR_A_LINE, ROOM_FOR_A_SECTION);
}

/** Turns lines into folds with diffs as long as there is room; answers what found none. */
function addDiffs(
  filled: readonly Filled[],
  { room, mostOfOne, measure }: { room: number; mostOfOne: number; measure: Measure },
): Left {
  const left = { names: 0, diffs: 0, attributes: 0 };
  let spare = room;
  let open = 0;
  for (const one of filled) {
    left.names += one.left;
    const lines = one.rows;
    one.rows = [];
    for (const line of lines) {
      const isOpen = one.section.isOpen && open < MOST_OPEN;
      const most = Math.min(spare + measure(line.row), mostOfOne);
      const block = renderBlock(line.entry, { isOpen, most, measure });
      if (block === undefined && line.entry.diff !== undefined) left.diffs += 1;
      if (block === undefined || block.text === '') {
        one.rows.push(line);
        continue;
      }
      one.blocks.push(block.text);
      spare -= measure(block.text) - measure(line.row);
      open += 1;
      left.attributes += block.left;
    }
  }
  return left;
}
