import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clippedPair, wholeCharacters } from '../src/clip.ts';
import { diffOf } from '../src/diff.ts';
import { compareLists } from '../src/diff-list.ts';
import { diffOfLines } from '../src/diff-text.ts';
import type { ValueChange } from '../src/value-change.ts';

const measure = (text: string): number => text.length;
const wide = { size: 1_000_000, measure, value: 1000, textLines: 1000 };

function diff(before: unknown, after: unknown, more: Partial<ValueChange> = {}): readonly string[] {
  const change = { before, after, unknown: undefined, beforeMarks: undefined, afterMarks: undefined, ...more };
  return diffOf({ hiding: 'open', ...change }, { limits: wide, redact: (text) => text }).lines;
}

describe('the diff of lines', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 60 });

  test('leads from the old text to the new one', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const changes = diffOfLines(before, after);
        expect(changes.filter(({ kind }) => kind !== 'added').map(({ line }) => line)).toEqual(before);
        expect(changes.filter(({ kind }) => kind !== 'removed').map(({ line }) => line)).toEqual(after);
      }),
      { numRuns: 1000 },
    );
  });

  test('is the shortest there is', () => {
    const short = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 9 });
    fc.assert(
      fc.property(short, short, (before, after) => {
        const same = diffOfLines(before, after).filter(({ kind }) => kind === 'same').length;
        expect(same).toBe(longestInCommon(before, after));
      }),
      { numRuns: 500 },
    );
  });

  test('of two texts that have nothing in common is quick', () => {
    const before = Array.from({ length: 50_000 }, (_, index) => `a${index}`);
    const after = Array.from({ length: 50_000 }, (_, index) => `b${index}`);
    expect(diffOfLines(before, after)).toHaveLength(100_000);
  });
});

/** By trying everything. */
function longestInCommon(before: readonly string[], after: readonly string[]): number {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (const [i, old] of before.entries())
    for (const [j, fresh] of after.entries()) {
      const row = lengths[i + 1] ?? [];
      row[j + 1] =
        old === fresh ? (lengths[i]?.[j] ?? 0) + 1 : Math.max(lengths[i]?.[j + 1] ?? 0, lengths[i + 1]?.[j] ?? 0);
    }
  return lengths[before.length]?.[after.length] ?? 0;
}

describe('the comparison of lists', () => {
  const item = fc.oneof(
    fc.constantFrom('a', 'b', 1, null),
    fc.record({ name: fc.constantFrom('x', 'y', 'z'), n: fc.nat(2) }),
  );
  const list = fc.array(item, { maxLength: 12 });
  const items = (values: readonly unknown[]) => values.map((value, index) => ({ value, index, known: true }));

  test('leaves no item out and takes none twice', () => {
    fc.assert(
      fc.property(list, list, (before, after) => {
        const { same, changed, removed, added } = compareLists(items(before), items(after));
        expect(same + changed.length + removed.length).toBe(before.length);
        expect(same + changed.length + added.length).toBe(after.length);
        for (const pair of changed) expect(pair.before.value).not.toEqual(pair.after.value);
      }),
    );
  });

  test('an item that is not known yet is equal to none', () => {
    const known = compareLists(items([null]), [{ value: null, index: 0, known: false }]);
    expect(known).toMatchObject({ same: 0, removed: [{}], added: [{}] });
  });
});

describe('the diff of a resource', () => {
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string({ maxLength: 5 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'name'), tie('value'), { maxKeys: 3 }),
    ),
  })).value;
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), json, { maxKeys: 4 });

  test('of what is equal is empty', () => {
    fc.assert(fc.property(object, (value) => expect(diff(value, structuredClone(value))).toEqual([])));
  });

  test('of what differs is not', () => {
    const bare = (value: unknown): string => JSON.stringify(value, (_, inner) => inner ?? undefined);
    fc.assert(
      fc.property(object, object, (before, after) => {
        fc.pre(bare(sorted(before)) !== bare(sorted(after)));
        expect(diff(before, after).some((line) => !line.startsWith(' ') || line.includes('another order'))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('of what comes has no line of anything that goes, and the other way round', () => {
    fc.assert(
      fc.property(object, (value) => {
        for (const line of diff(undefined, value)) expect(line).toMatch(/^\+ /);
        for (const line of diff(value, undefined)) expect(line).toMatch(/^- /);
      }),
    );
  });

  test('never takes more room than it has, and counts what is left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 200 }), (size, count) => {
        const after = Object.fromEntries(
          Array.from({ length: count }, (_, index) => [`a${index}`, ['x', 'y'.repeat(99)]]),
        );
        const change = { before: {}, after, unknown: {}, beforeMarks: {}, afterMarks: {}, hiding: 'open' as const };
        const { lines, left } = diffOf(change, { limits: { ...wide, size }, redact: (text) => text });
        expect(lines.join('\n').length).toBeLessThanOrEqual(size);
        const begun = lines.filter((line) => /^\+ a\d+ = /.test(line)).length;
        expect(begun + left).toBeGreaterThanOrEqual(count);
        if (left === 0) expect(begun).toBe(count);
      }),
    );
  });

  test('takes names for what they are', () => {
    const before = JSON.parse('{"__proto__": {"a": 1}, "constructor": 1, "toString": "x"}') as object;
    const after = JSON.parse('{"__proto__": {"a": 2}, "constructor": 1, "hasOwnProperty": "y"}') as object;
    expect(diff(before, after)).toEqual([
      '  __proto__ = {',
      '!   a = 1 -> 2',
      '  }',
      '+ hasOwnProperty = "y"',
      '- toString = "x"',
    ]);
  });

  test('a value that becomes another kind goes and comes', () => {
    expect(diff({ a: 'x' }, { a: { b: 1 } })).toEqual(['- a = "x"', '+ a = {', '+   b = 1', '+ }']);
    expect(diff({ a: [1] }, { a: 'x' })).toEqual(['- a = [1]', '+ a = "x"']);
  });

  test('what is hidden by a rule does not show by the label of its block', () => {
    const lines = diff({ secret: [{ key: 'abc', n: 1 }] }, { secret: [{ key: 'abc', n: 2 }] });
    expect(lines.join('\n')).not.toContain('abc');
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

describe('long values', () => {
  test('are cut between characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(40), fc.nat(40), (text, a, b) => {
        fc.pre(text.isWellFormed());
        expect(wholeCharacters(text, Math.min(a, b), Math.max(a, b)).isWellFormed()).toBe(true);
      }),
    );
  });

  test('that differ late are shown where they differ', () => {
    const [before, after] = clippedPair(`${'x'.repeat(1000)}1`, `${'x'.repeat(1000)}2`, 50);
    expect(before).toMatch(/^\(980 same characters\) …x{20}1$/);
    expect(after).toMatch(/x{20}2$/);
  });
});
