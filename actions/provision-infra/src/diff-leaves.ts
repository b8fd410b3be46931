/** Values of a diff that have nothing inside of them: one line each, or the lines of a text. */
import { sameValue } from '#toolkit/action/canonical';
import { clipped, clippedPair } from './clip.ts';
import type { DiffLines, Sign } from './diff-lines.ts';
import { diffOfLines, type LineChange } from './diff-text.ts';
import type { Redact } from './redact.ts';
import { holdsTrue, isNone, type ValueChange } from './value-change.ts';

/** What is written to, and what has to be known of the resource. */
export interface DiffWriter {
  lines: DiffLines;
  redact: Redact;
  /** Ways into the resource that force its replacement: names and indexes with dots between. */
  forced: ReadonlySet<string>;
}

/** Where a value stands. */
export interface Place {
  depth: number;
  /** The name of the attribute or key, as it is written; empty for an item of a list. */
  name: string;
  path: string;
  /** Objects of a list are written as blocks, with the list's name; not so inside of JSON. */
  style: 'attribute' | 'block' | 'item';
  json: boolean;
}

/** As Terraform words it. */
export const KNOWN_LATER = '(known after apply)';
const SENSITIVE = '(sensitive value)';
/** Old and new value share a line when both together are no longer. */
const LONGEST_PAIR = 100;
/** Lines before and after a change that are shown with it. */
const CONTEXT = 2;

/** The mark of a value that is there before, after, or both. */
export function signOf({ before, after, unknown }: ValueChange): Sign {
  if (isNone(before)) return '+';
  return isNone(after) && !holdsTrue(unknown) ? '-' : '!';
}

/** One line: name, value, and whether it forces a replacement. */
export function writeLine(writer: DiffWriter, place: Place, sign: Sign, value: string, remark = ''): void {
  const name = place.name === '' ? '' : `${place.name} = `;
  writer.lines.add(sign, place.depth, `${name}${value}${remark}${forcedRemark(writer, place)}`);
}

export function forcedRemark({ forced }: DiffWriter, { path }: Place): string {
  return forced.size > 0 && forced.has(path) ? ' # forces replacement' : '';
}

/** A text, number, truth value or null, whole, with secrets taken out. */
export function scalarText(value: unknown, redact: Redact): string {
  return typeof value === 'string' ? JSON.stringify(redact(value)) : redact(String(value));
}

export function writeHidden(writer: DiffWriter, place: Place, change: ValueChange): void {
  const { before, after, unknown, beforeMarks, afterMarks } = change;
  const sign = signOf(change);
  const becomes = holdsTrue(afterMarks);
  const stays = sign === '!' && sameValue(before, after) && becomes !== holdsTrue(beforeMarks);
  const remark = stays ? ` # the value stays, and ${becomes ? 'becomes' : 'is no longer'} sensitive` : '';
  const later = sign === '!' && unknown === true ? ` -> ${KNOWN_LATER}` : '';
  writeLine(writer, place, sign, SENSITIVE + later, remark);
}

/** What is not known yet, with what it is now. */
export function writeUnknown(writer: DiffWriter, place: Place, before: unknown): void {
  if (isNone(before)) writeLine(writer, place, '+', KNOWN_LATER);
  else writeLine(writer, place, '!', `${brief(before, writer)} -> ${KNOWN_LATER}`);
}

function brief(value: unknown, { redact, lines }: DiffWriter): string {
  if (Array.isArray(value)) return `[${value.length} ${value.length === 1 ? 'item' : 'items'}]`;
  return typeof value === 'object' ? '{…}' : clipped(scalarText(value, redact), lines.limits.value);
}

export function writeScalar(writer: DiffWriter, place: Place, change: ValueChange): void {
  const { lines, redact } = writer;
  const sign = signOf(change);
  if (sign !== '!') {
    const value = scalarText(sign === '+' ? change.after : change.before, redact);
    writeLine(writer, place, sign, clipped(value, lines.limits.value));
    return;
  }
  const [before, after] = clippedPair(
    scalarText(change.before, redact),
    scalarText(change.after, redact),
    lines.limits.value,
  );
  if (before === after) writeLine(writer, place, '!', after, ' # differs in what is hidden');
  else if (before.length + after.length <= LONGEST_PAIR) writeLine(writer, place, '!', `${before} -> ${after}`);
  else {
    writeLine(writer, place, '-', before);
    writeLine(writer, place, '+', after);
  }
}

/** A short list of scalars on one line; false when it is none. */
export function writeShortList(writer: DiffWriter, place: Place, change: ValueChange): boolean {
  if (holdsTrue(change.unknown) || holdsTrue(change.beforeMarks) || holdsTrue(change.afterMarks)) return false;
  const before = shortList(change.before, writer.redact);
  const after = shortList(change.after, writer.redact);
  if ((before === undefined) !== isNone(change.before) || (after === undefined) !== isNone(change.after)) return false;
  if (before === after) return false;
  if (before === undefined) writeLine(writer, place, '+', after ?? '[]');
  else writeLine(writer, place, signOf(change), after === undefined ? before : `${before} -> ${after}`);
  return true;
}

/** Written out, unless it is long or has anything but scalars. */
function shortList(list: unknown, redact: Redact): string | undefined {
  if (!Array.isArray(list) || list.length > MOST_ITEMS || list.some((item) => typeof item === 'object'))
    return undefined;
  const text = `[${list.map((item) => scalarText(item, redact)).join(', ')}]`;
  return text.length <= LONGEST_PAIR / 2 ? text : undefined;
}
const MOST_ITEMS = 20;

/** A text of many lines, line by line; false when it is none. */
export function writeText(writer: DiffWriter, place: Place, change: ValueChange): boolean {
  const [before, after] = [change.before ?? '', change.after ?? ''];
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  if (!before.includes('\n') && !after.includes('\n')) return false;
  const { lines, redact } = writer;
  const [old, fresh] = [redact(before), redact(after)];
  const sign = signOf(change);
  if (sign === '!' && old === fresh) return false;
  // The end of the last line is shown only where one of two has none.
  const isEnded = [before, after].every((text) => text === '' || text.endsWith('\n'));
  const separator = [before, after].every((text) => text === '' || text.includes('\r\n')) ? /\r?\n/ : '\n';
  const [oldLines, freshLines] = [old, fresh].map((text) =>
    text === '' ? [] : (isEnded ? text.replace(/\r?\n$/, '') : text).split(separator),
  );
  const changes = diffOfLines(oldLines ?? [], freshLines ?? []);
  lines.add(sign === '!' ? ' ' : sign, place.depth, `${place.name}:${forcedRemark(writer, place)}`);
  let room = lines.limits.textLines;
  for (const part of withContext(changes)) {
    if (room === 0) {
      lines.add(' ', place.depth + 1, '… the rest is left out');
      break;
    }
    room -= 1;
    if (typeof part === 'number') lines.add(' ', place.depth + 1, `… ${part} same ${part === 1 ? 'line' : 'lines'}`);
    else lines.add(SIGNS[part.kind], place.depth + 1, clipped(part.line, lines.limits.value));
  }
  return true;
}

const SIGNS = { same: ' ', removed: '-', added: '+' } as const;

/** Changed lines with those around them; numbers stand for so many lines in between. */
function withContext(changes: readonly LineChange[]): (LineChange | number)[] {
  const near = new Uint8Array(changes.length);
  for (const [index, { kind }] of changes.entries())
    if (kind !== 'same') near.fill(1, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  const parts: (LineChange | number)[] = [];
  for (const [index, change] of changes.entries()) {
    const last = parts.at(-1);
    if (near[index] === 1) parts.push(change);
    else if (typeof last === 'number') parts[parts.length - 1] = last + 1;
    else parts.push(1);
  }
  return parts;
}
