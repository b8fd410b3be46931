import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { folder, goldens } from './golden/goldens.ts';

const expected = goldens();

test.each([...expected])('%s is what a reviewer sees; golden/renew.ts writes it anew', (file, text) => {
  expect(text).toBe(readFileSync(join(folder, file), 'utf8'));
});

test('no file is left of a plan that is gone', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md');
  expect(files.sort()).toEqual([...expected.keys()].sort());
});
