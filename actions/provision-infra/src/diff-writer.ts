/** Writes a value with all that is inside of it. */
import { sameValue } from '#toolkit/action/canonical';
import {
  type DiffWriter,
  forcedRemark,
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
import { compareLists, IDENTIFYING, type Item } from './diff-list.ts';
import type { Redact } from './redact.ts';
import { parsedJson } from './secret-values.ts';
import {
  childOf,
  fieldChange,
  holdsTrue,
  isHidden,
  isNone,
  isObject,
  itemChange,
  shownNames,
  type ValueChange,
} from './value-change.ts';

/** The name of an attribute, or the key of a map. */
export function writtenName(name: string, redact: Redact): string {
  const shown = redact(name);
  return /^[\w.-]+$/.test(shown) ? shown : JSON.stringify(shown);
}

function writeField(writer: DiffWriter, { depth, path, json }: Place, change: ValueChange, name: string): void {
  const shown = writtenName(name, writer.redact);
  const place = { depth: depth + 1, name: shown, path: `${path}.${name}`, style: 'attribute', json } as const;
  writeValue(writer, place, fieldChange(change, name));
}

/** Writes a value that differs, is new or goes. */
export function writeValue(writer: DiffWriter, place: Place, change: ValueChange): void {
  const { before, after, unknown } = change;
  if (writer.lines.full) return;
  if (isHidden(change)) writeHidden(writer, place, change);
  else if (unknown === true) writeUnknown(writer, place, before);
  else {
    const [old, fresh] = [shapeOf(before), shapeOf(isNone(after) ? unknown : after)];
    const shape = old === 'none' ? fresh : old;
    if (fresh !== 'none' && fresh !== shape) {
      writeValue(writer, place, { ...change, after: undefined, afterMarks: undefined, unknown: undefined });
      writeValue(writer, place, { ...change, before: undefined, beforeMarks: undefined });
    } else if (shape === 'object') writeObject(writer, place, change);
    else if (shape === 'list') writeList(writer, place, change);
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
    const only = old === undefined ? fresh : fresh === undefined ? old : undefined;
    // Elsewhere null is the absence of a value; in a list it is an item.
    if (only?.value === null && only.known) {
      writer.lines.add(old === undefined ? '+' : '-', depth, 'null');
      return;
    }
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
  const json = typeof text === 'string' ? parsedJson(text) : undefined;
  if (json === undefined) return undefined;
  const shown = redact(text as string);
  return shown === text || parsedJson(shown) !== undefined ? json : undefined;
}
