import { expect, test } from '@jest/globals';
import { obeyed } from '../../test/fuzz/verdict.ts';
import { neutralize } from './log.ts';

test.each([
  '::set-env name=a::b',
  '  \t::warning::x',
  '\u0085::warning::x',
  'first\n::warning::x',
  'first\r::warning::x',
  '##[warning]x',
  'a pod says ##[set-output name=a]b',
])('%j is no command when it is logged', (text) => {
  expect(obeyed(text)).toHaveLength(1);
  expect(obeyed(neutralize(text))).toEqual([]);
});

test('other text stays as it is', () => {
  const text = 'a::b ## [x] std::vector\n  ## heading';
  expect(neutralize(text)).toBe(text);
});
