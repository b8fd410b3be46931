/**
 * The diff of one resource, attribute by attribute. What a reader may not see is taken out on the way: values that are
 * marked or that a rule hides, and in all other texts whatever is known to be secret. Pure.
 */
import { sameValue } from './canonical.ts';
import { clipped } from './clip.ts';
import {
  type DiffWriter,
  forcedRemark,
  KNOWN_LATER,
  type Place,
  scalarText,
  signOf,
  writeHidden,
  writeLine,
  writeScalar,
  writeShortList,
  writeText,
  writeUnknown,
} from './diff-leaves.ts';
import { type DiffLimits, DiffLines } from './diff-lines.ts';
import { compareLists, IDENTIFYING, type Item } from './diff-list.ts';
import type { Redact } from './redact.ts';
import { parsedJson } from './secret-values.ts';
import {
  childOf,
  differs,
  fieldChange,
  fieldNames,
  holdsTrue,
  isEmpty,
  isHidden,
  isNone,
  isObject,
  itemChange,
  type ValueChange,
} from './value-change.ts';

/** What a diff needs besides the change. */
export interface DiffOptions {
  limits: DiffLimits;
  redact: Redact;
  /** Attributes that are hidden whole. */
  hidden?: ReadonlySet<string>;
  /** Ways into the resource that force its replacement. */
  replacePaths?: readonly (readonly (string | number)[])[] | undefined;
  /** Whether a new one takes its place, so that what is known later is what any new one has. */
  isReplacement?: boolean;
  /** Configuration that terraform wrote for an import; comes last. */
  generatedConfig?: string | undefined;
}

/** A diff, and how many attributes found no room. */
export interface Diff {
  lines: readonly string[];
  left: number;
}

/**
 * The diff of an object with attributes. What forces a replacement comes first; what is new and not known yet comes last,
 * on one line.
 */
export function diffOf(change: ValueChange, options: DiffOptions): Diff {
  const { limits, redact, hidden, replacePaths = [], isReplacement = false, generatedConfig } = options;
  const lines = new DiffLines(limits);
  const writer = { lines, redact, forced: new Set(replacePaths.map((path) => path.join('.'))) };
  const forcing = new Set(replacePaths.map(([first]) => String(first)));
  const names = shownNames(change).sort((a, b) => Number(forcing.has(b)) - Number(forcing.has(a)));
  const later = names.filter(
    (name) =>
      childOf(change.unknown, name) === true &&
      (isNone(childOf(change.before, name)) || (isReplacement && !forcing.has(name))),
  );
  const shown = names.filter((name) => !later.includes(name));
  const place = { depth: 0, style: 'attribute', json: false } as const;
  let cut = 0;
  for (const [index, name] of shown.entries()) {
    const field = fieldChange(change, name);
    if (hidden?.has(name)) field.hiding = 'all';
    const at = { ...place, name: writtenName(name, redact), path: name };
    if (!lines.addPart(() => writeValue(writer, at, field))) cut += 1;
    if (lines.full) return { lines: lines.lines, left: names.length - index };
  }
  const laterNames = later.map((name) => writtenName(name, redact)).join(', ');
  if (later.length > 0) lines.add(isReplacement ? '!' : '+', 0, `${KNOWN_LATER}: ${clipped(laterNames, limits.value)}`);
  if (generatedConfig !== undefined) {
    const config = { ...change, before: undefined, after: `${generatedConfig}\n` };
    writeText(writer, { ...place, name: 'configuration', path: '' }, config);
  }
  return { lines: lines.lines, left: cut + (lines.full ? Math.max(1, later.length) : 0) };
}

/** Names of what differs, in order; of what is new or goes, all that there is. */
export function shownNames(change: ValueChange): string[] {
  const isWhole = !isObject(change.before) || !isObject(change.after);
  return fieldNames(change).filter((name) => {
    const field = fieldChange(change, name);
    return isWhole ? holdsTrue(field.unknown) || !isEmpty(field.before) || !isEmpty(field.after) : differs(field);
  });
}

/** The name of an attribute, or the key of a map. */
function writtenName(name: string, redact: Redact): string {
  const shown = redact(name);
  return /^[\w.-]+$/.test(shown) ? shown : JSON.stringify(shown);
}

function writeField(writer: DiffWriter, { depth, path, json }: Place, change: ValueChange, name: string): void {
  const shown = writtenName(name, writer.redact);
  const place = { depth: depth + 1, name: shown, path: `${path}.${name}`, style: 'attribute', json } as const;
  writeValue(writer, place, fieldChange(change, name));
}

/** Writes a value that differs, is new or goes. */
function writeValue(writer: DiffWriter, place: Place, change: ValueChange): void {
  const { before, after, unknown } = change;
  if (writer.lines.full) return;
  if (isHidden(change)) writeHidden(writer, place, change);
  else if (unknown === true) writeUnknown(writer, place, before);
  else {
    const shapes = new Set([before, after, isNone(after) ? unknown : undefined].map(shapeOf));
    shapes.delete('none');
    if (shapes.size > 1) {
      writeValue(writer, place, { ...change, after: undefined, afterMarks: undefined, unknown: undefined });
      writeValue(writer, place, { ...change, before: undefined, beforeMarks: undefined });
    } else if (shapes.has('object')) writeObject(writer, place, change);
    else if (shapes.has('list')) writeList(writer, place, change);
    else if (!writeJson(writer, place, change) && !writeText(writer, place, change)) writeScalar(writer, place, change);
  }
}

function shapeOf(value: unknown): 'none' | 'object' | 'list' | 'scalar' {
  if (isNone(value)) return 'none';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'object' : 'scalar';
}

/** @param written whether it is JSON in a text */
function writeObject(writer: DiffWriter, place: Place, change: ValueChange, written = false): void {
  const [opening, closing] = written ? ['jsonencode({', '})'] : ['{', '}'];
  const sign = signOf(change) === '!' ? ' ' : signOf(change);
  const names = shownNames(change);
  const which = place.style === 'attribute' ? undefined : identityOf(change);
  const label = which === undefined ? '' : scalarText(which, writer.redact);
  if (names.length === 0 && place.style !== 'block') {
    writeLine(writer, place, sign, opening + closing);
    return;
  }
  if (place.style === 'block')
    writer.lines.add(
      sign,
      place.depth,
      [place.name, label, '{'].filter((part) => part !== '').join(' ') + forcedRemark(writer, place),
    );
  else writeLine(writer, place, sign, opening, label === '' ? '' : ` # ${label}`);
  for (const name of names) writeField(writer, place, change, name);
  writer.lines.add(sign, place.depth, closing);
}

/** What tells an object of a list from the others, unless it may not be seen. */
function identityOf(change: ValueChange): unknown {
  for (const name of IDENTIFYING) {
    const field = fieldChange(change, name);
    const value = field.after ?? field.before;
    if ((typeof value === 'string' && value !== '') || typeof value === 'number')
      if (!isHidden(field) && field.unknown !== true) return value;
  }
  return undefined;
}

/** A list of objects is written as blocks, any other within brackets. */
function writeList(writer: DiffWriter, place: Place, change: ValueChange, written = false): void {
  if (isNone(change.after) && holdsTrue(change.unknown)) {
    writeUnknown(writer, place, change.before);
    return;
  }
  if (!written && writeShortList(writer, place, change)) return;
  const [before, after] = [itemsOf(change.before, undefined), itemsOf(change.after ?? [], change.unknown)];
  const isBlocks =
    !place.json && place.style === 'attribute' && [...before, ...after].every(({ value }) => isObject(value));
  const sign = signOf(change) === '!' ? ' ' : signOf(change);
  const { same, changed, removed, added, reordered } = compareLists(before, after);
  if (!isBlocks) writeLine(writer, place, sign, written ? 'jsonencode([' : '[');
  const depth = isBlocks ? place.depth : place.depth + 1;
  const write = (old: Item | undefined, fresh: Item | undefined): void => {
    const style = isBlocks ? 'block' : 'item';
    const inner = { ...place, depth, style, name: isBlocks ? place.name : '' } as const;
    const path = `${place.path}.${(fresh ?? old)?.index}`;
    writeValue(writer, { ...inner, path }, itemChange(change, old?.index, fresh?.index));
  };
  for (const item of removed) write(item, undefined);
  for (const pair of changed) write(pair.before, pair.after);
  for (const item of added) write(undefined, item);
  if (same > 0) {
    const what = reordered ? 'same, in another order' : 'same';
    const name = isBlocks ? `${place.name}: ` : '';
    writer.lines.add(' ', depth, `# ${name}${same} ${what}${isBlocks ? forcedRemark(writer, place) : ''}`);
  }
  if (!isBlocks) writer.lines.add(sign, place.depth, written ? '])' : ']');
}

function itemsOf(list: unknown, unknown: unknown): Item[] {
  if (!Array.isArray(list)) return [];
  return list.map((value, index) => ({ value, index, known: !holdsTrue(childOf(unknown, index)) }));
}

/** JSON in a text is compared as what it says; false when it is none, or says the same. */
function writeJson(writer: DiffWriter, place: Place, change: ValueChange): boolean {
  const [before, after] = [change.before, change.after].map((side) => jsonOf(side, writer.redact));
  if (before === undefined && after === undefined) return false;
  if ((before === undefined) !== isNone(change.before) || (after === undefined) !== isNone(change.after)) return false;
  if (sameValue(before, after) || (before && after && Array.isArray(before) !== Array.isArray(after))) return false;
  const inner = { ...change, before, after, unknown: undefined, beforeMarks: undefined, afterMarks: undefined };
  const write = Array.isArray(after ?? before) ? writeList : writeObject;
  write(writer, { ...place, json: true }, inner, true);
  return true;
}

/** The object that a text is the JSON of; not when what is secret is more than texts in it. */
function jsonOf(text: unknown, redact: Redact): object | undefined {
  if (typeof text !== 'string' || parsedJson(redact(text)) === undefined) return undefined;
  return parsedJson(text);
}
