import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { filesWithSecrets, secretsIn } from './secrets.ts';

const value = 'p"ss w/rd+of\\16 chars';
const secrets = [{ name: 'it', value }];
const inside = Buffer.from(`user:${value}:x`).toString('base64');

test.each([
  ['as it is', `a ${value} b`],
  ['in JSON', JSON.stringify({ a: value })],
  ['in an address', `https://x/?a=${encodeURIComponent(value)}`],
  ['in base64', Buffer.from(value).toString('base64')],
  ['in base64 with more around it', inside],
])('a secret is found %s', (_, text) => {
  expect(secretsIn(text, secrets)).toEqual(['it']);
});

test('a token is found, and a text without anything is not', () => {
  const token = ['{"alg":"RS256","typ":"JWT"}', '{"sub":"repo:example/moodle"}', 'signature-of-it-all']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
  expect(secretsIn(`Bearer ${token}`, secrets)).toEqual(['a token']);
  expect(secretsIn('nothing here', secrets)).toEqual([]);
});

test('a file is found by what is in it, and a folder that is not there has none', () => {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
  try {
    mkdirSync(join(directory, 'run'));
    writeFileSync(join(directory, 'run/a'), `x ${inside}\n`);
    writeFileSync(join(directory, 'run/b'), 'x\n');
    expect(filesWithSecrets(directory, ['run', 'preview'], secrets)).toEqual([join(directory, 'run/a')]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
