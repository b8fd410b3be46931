import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { combine } from './instance.ts';
import { expandMatrix, legName } from './matrix.ts';

describe('matrix', () => {
  test('no matrix is one leg', () => {
    expect(expandMatrix(null)).toEqual([{}]);
  });

  test('the product of the axes, the last one fastest', () => {
    expect(expandMatrix({ a: [1, 2], b: ['x', 'y'] })).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: 'y' },
      { a: 2, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  test('exclude by part of a combination', () => {
    expect(expandMatrix({ a: [1, 2], b: [1, 2], exclude: [{ a: 1 }] })).toEqual([
      { a: 2, b: 1 },
      { a: 2, b: 2 },
    ]);
  });

  test("include as in GitHub's documentation", () => {
    const include = [
      { color: 'green' },
      { color: 'pink', animal: 'cat' },
      { fruit: 'apple', shape: 'circle' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ];
    expect(expandMatrix({ fruit: ['apple', 'pear'], animal: ['cat', 'dog'], include })).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });

  test('include alone', () => {
    expect(expandMatrix({ include: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test.each([
    ['a text', 'x', 'must be a mapping'],
    ['an axis that is no list', { a: 'x' }, 'matrix.a must be a list'],
    ['an empty axis', { a: [] }, "Matrix vector 'a' does not contain any values"],
    ['too many', { a: Array.from({ length: 257 }, (_, i) => i) }, '257 jobs'],
  ])('%s is an error', (_name, matrix, message) => {
    expect(() => expandMatrix(matrix)).toThrow(message);
  });

  test('the number of legs is the product of the lengths', () => {
    const axis = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(axis, axis, (a, b) => {
        expect(expandMatrix({ a, b })).toHaveLength(a.length * b.length);
      }),
    );
  });

  test('names', () => {
    expect(legName('build', { os: 'linux', node: { version: 24 } })).toBe('build (linux, 24)');
    expect(legName('build', {})).toBe('build');
  });
});

test.each([
  [['success', 'skipped'], 'success'],
  [['skipped', 'skipped'], 'skipped'],
  [['cancelled', 'success'], 'cancelled'],
  [['cancelled', 'failure'], 'failure'],
  [[], 'success'],
] as const)('%j together are %s', (results, expected) => {
  expect(combine(results)).toBe(expected);
});
