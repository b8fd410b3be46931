/**
 * The diff of one resource, attribute by attribute. What a reader may not see is taken out on the way: values that are
 * marked or that a rule hides, and in all other texts whatever is known to be secret. Pure.
 */
import { clipped } from './clip.ts';
import { KNOWN_LATER, writeText } from './diff-leaves.ts';
import { type DiffLimits, DiffLines } from './diff-lines.ts';
import { writeValue, writtenName } from './diff-writer.ts';
import type { Redact } from './redact.ts';
import { childOf, fieldChange, isNone, shownNames, type ValueChange } from './value-change.ts';

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
  const shown = later.length === 0 ? names : names.filter((name) => !later.includes(name));
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
