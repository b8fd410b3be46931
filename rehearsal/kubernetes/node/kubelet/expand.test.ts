import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expand } from './expand.ts';

test.each([
  ['$(A)', 'one'],
  ['x$(A)y$(B)', 'xoney'],
  ['$(NO)', '$(NO)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$one'],
  ['$A {A} $', '$A {A} $'],
  ['$(A', '$(A'],
  ['$(toString)', '$(toString)'],
])('%s becomes %s', (text, result) => {
  expect(expand(text, { A: 'one', B: '' })).toBe(result);
});

test('property: text without a dollar sign stays, and a value is never expanded again', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(expand(text.replaceAll('$', ''), { A: 'x' })).toBe(text.replaceAll('$', ''));
      expect(expand('$(A)', { A: text })).toBe(text);
    }),
  );
});
