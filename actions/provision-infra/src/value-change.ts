/** A value before and after, with its marks, at any depth of a resource. Pure. */
import { sameValue } from '#toolkit/action/canonical';
import { type Hiding, hidingInside } from './secret-rules.ts';

/** What is known of one value. Undefined and null both stand for none. */
export interface ValueChange {
  before: unknown;
  after: unknown;
  /** `true` where a value is not known yet. */
  unknown: unknown;
  /** `true` where a value is sensitive. */
  beforeMarks: unknown;
  afterMarks: unknown;
  hiding: Hiding;
}

/** A field of an object, or an item of a list. */
export function childOf(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : undefined;
}

/** Of marks: `true` stands for all that is inside. */
function markOf(marks: unknown, key: string | number): unknown {
  return marks === true ? true : childOf(marks, key);
}

/** The change of a field of an object. */
export function fieldChange(change: ValueChange, name: string): ValueChange {
  const object = isObject(change.after) ? change.after : change.before;
  return {
    before: childOf(change.before, name),
    after: childOf(change.after, name),
    unknown: markOf(change.unknown, name),
    beforeMarks: markOf(change.beforeMarks, name),
    afterMarks: markOf(change.afterMarks, name),
    hiding: isObject(object) ? hidingInside(change.hiding, name, object) : change.hiding,
  };
}

/** The change from one item of a list to another; an index is undefined where there is none. */
export function itemChange(change: ValueChange, before: number | undefined, after: number | undefined): ValueChange {
  const at = (value: unknown, index: number | undefined): unknown =>
    index === undefined ? undefined : markOf(value, index);
  return {
    before: before === undefined ? undefined : childOf(change.before, before),
    after: after === undefined ? undefined : childOf(change.after, after),
    unknown: at(change.unknown, after),
    beforeMarks: at(change.beforeMarks, before),
    afterMarks: at(change.afterMarks, after),
    hiding: change.hiding,
  };
}

/** Names of all fields on any side, in order. */
export function fieldNames({ before, after, unknown }: Pick<ValueChange, 'before' | 'after' | 'unknown'>): string[] {
  const names = isObject(before) ? Object.keys(before) : [];
  if (isObject(after)) for (const name in after) if (!hasName(before, name)) names.push(name);
  if (isObject(unknown))
    for (const name in unknown) if (!hasName(before, name) && !hasName(after, name)) names.push(name);
  return names.sort();
}

function hasName(side: unknown, name: string): boolean {
  return isObject(side) && Object.hasOwn(side, name);
}

/** Names of what differs, in order; of what is new or goes, all that there is. */
export function shownNames(change: ValueChange): string[] {
  const isWhole = !isObject(change.before) || !isObject(change.after);
  return fieldNames(change).filter((name) => {
    if (holdsTrue(markOf(change.unknown, name))) return true;
    const [before, after] = [childOf(change.before, name), childOf(change.after, name)];
    if (isWhole) return !isEmpty(before) || !isEmpty(after);
    return (
      !sameValue(before ?? null, after ?? null) ||
      isMarked(change.beforeMarks, name) !== isMarked(change.afterMarks, name)
    );
  });
}

function isMarked(marks: unknown, name: string): boolean {
  return holdsTrue(markOf(marks, name));
}

/** Whether marks say `true` at any depth. */
export function holdsTrue(marks: unknown): boolean {
  if (marks === true) return true;
  if (typeof marks !== 'object' || marks === null) return false;
  for (const key in marks) if (holdsTrue((marks as Record<string, unknown>)[key])) return true;
  return false;
}

/** Terraform's null is the absence of a value. */
export function isNone(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** Whether the value may not be seen, whatever is inside of it. */
export function isHidden({ before, after, beforeMarks, afterMarks, hiding, unknown }: ValueChange): boolean {
  if (beforeMarks === true || afterMarks === true) return true;
  if (hiding === 'open' || (unknown === true && isNone(before))) return false;
  return hiding === 'all' || isTextual(before) || isTextual(after);
}

/** A text, or a list with one. */
function isTextual(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.some((item) => typeof item === 'string'));
}

/** Nothing, or a container with nothing in it. */
export function isEmpty(value: unknown): boolean {
  if (isNone(value)) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
