import { expect, test } from '@jest/globals';
import { readable } from './readable.ts';

test('a message of usual length stays as it is', () => {
  const message =
    'Input "mode" must be one of plan, apply; it is "destroy".\nInput "nodes" is required and was not given.';
  expect(readable(message)).toBe(message);
});

test('an overlong value is cut, and the sentence after it stays', () => {
  const message = `Input "mode" must be one of plan, apply; it is "${'x '.repeat(500)}". Mend it.`;
  expect(readable(message)).toMatch(
    /^Input "mode" must be one of plan, apply; it is "(x ){50}… \(1000 characters\)"\. Mend it\.$/,
  );
});

test('so is an overlong word without quotes', () => {
  expect(readable(`No file ${'a/'.repeat(400)}b there.`)).toBe(`No file ${'a/'.repeat(50)}… (801 characters) there.`);
});

test('many short values together end somewhere', () => {
  expect(readable('key=value '.repeat(2000))).toMatch(/… \(and 16000 characters more\)$/);
});
