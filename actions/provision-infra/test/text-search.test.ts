import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createTextSearch, replaceRanges } from '../src/text-search.ts';

/** Few letters, so that texts overlap and begin alike. */
const letters = fc.constantFrom('a', 'b', 'c');
const wanted = fc.string({ unit: letters, minLength: 4, maxLength: 9 });

/** The characters that any of the texts covers, asked for one after the other. */
function covered(text: string, texts: readonly string[]): boolean[] {
  const marks = Array.from(text, () => false);
  for (const one of texts)
    for (let at = text.indexOf(one); at !== -1; at = text.indexOf(one, at + 1)) marks.fill(true, at, at + one.length);
  return marks;
}

test('finds exactly what looking for one text after the other finds', () => {
  fc.assert(
    fc.property(
      fc.array(wanted, { maxLength: 40 }),
      fc.string({ unit: letters, maxLength: 200 }),
      fc.array(fc.nat(39), { maxLength: 5 }),
      (texts, noise, planted) => {
        const text = planted.reduce((so_far, index) => `${so_far}${texts[index] ?? ''}c`, noise);
        const ranges = createTextSearch(texts).find(text);
        const found = Array.from(text, () => false);
        for (let index = 0; index < ranges.length; index += 2) found.fill(true, ranges[index], ranges[index + 1]);
        expect(found).toEqual(covered(text, texts));
      },
    ),
    { numRuns: 2000 },
  );
});

test('ranges are in order and apart', () => {
  const ranges = createTextSearch(['abcd', 'cdef', 'abcdefgh', 'xxxx']).find('-abcdefgh-xxxxx-');
  expect(ranges).toEqual([1, 9, 10, 15]);
  expect(replaceRanges('-abcdefgh-xxxxx-', ranges, '*')).toBe('-*-*-');
});

test('thousands of texts that begin alike are found, the longest where several stand', () => {
  const texts = Array.from({ length: 5000 }, (_, index) => `DefaultEndpointsProtocol=${index}`);
  const search = createTextSearch(texts);
  expect(search.find('x DefaultEndpointsProtocol=4321;')).toEqual([2, 31]);
  expect(search.find('DefaultEndpointsProtocol=x')).toEqual([]);
});

test('long texts, texts in any script and none', () => {
  const long = 'k'.repeat(3000);
  expect(createTextSearch([long]).find(`a${long}b`)).toEqual([1, 3001]);
  expect(createTextSearch(['日本語の秘密']).find('これは日本語の秘密です')).toEqual([3, 9]);
  expect(createTextSearch([]).find('anything')).toEqual([]);
});
