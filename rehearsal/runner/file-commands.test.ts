import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCommand } from './commands.ts';
import { makeCommandFiles, parsePairs, readCommandFiles } from './file-commands.ts';
import { Masker } from './masks.ts';
import { StepOutput } from './step-output.ts';
import { removeDirectories, temporaryDirectory } from './testing.ts';

afterAll(removeDirectories);

describe('files', () => {
  test.each([
    ['a=1\nb=x=y\n', { a: '1', b: 'x=y' }],
    ['a= 1 \n\nb=\n', { a: ' 1 ', b: '' }],
    ['a<<E\none\ntwo\nE\nb=2\n', { a: 'one\ntwo', b: '2' }],
    ['a<<E\nE\n', { a: '' }],
    ['a=1<<2\n', { a: '1<<2' }],
    ['a=1\r\n', { a: '1\r' }],
  ])('%j', (text, expected) => {
    expect(Object.fromEntries(parsePairs(text))).toEqual(expected);
  });

  test.each([
    ['a<<E\none\n', "Matching delimiter not found 'E'"],
    ['just text\n', "Invalid format 'just text'"],
    ['=1\n', 'Name must not be empty'],
    ['a<<\n', 'Name and delimiter must not be empty'],
  ])('%j is an error', (text, message) => {
    expect(() => parsePairs(text)).toThrow(message);
  });

  test('any value survives a block', () => {
    const name = fc.stringMatching(/^[a-zA-Z_]\w*$/);
    fc.assert(
      fc.property(name, fc.string(), (key, value) => {
        fc.pre(!value.split('\n').includes('ghadelimiter'));
        expect(parsePairs(`${key}<<ghadelimiter\n${value}\nghadelimiter\n`).get(key)).toBe(value);
      }),
    );
  });

  test('NODE_OPTIONS is refused and a summary of more than 1 MiB is dropped', async () => {
    const files = await makeCommandFiles(join(temporaryDirectory(), 'files'));
    await writeFile(files.env, 'NODE_OPTIONS=--x\nOK=1\n');
    await writeFile(files.summary, 'x'.repeat(1024 * 1024 + 1));
    const said = await readCommandFiles(files);
    expect([...said.env]).toEqual([['OK', '1']]);
    expect(said.summary).toBe('');
    expect(said.errors).toEqual([expect.stringContaining('NODE_OPTIONS'), expect.stringContaining('1024k')]);
  });
});

describe('commands', () => {
  test.each([
    ['::warning file=a.ts,line=3::text', { name: 'warning', properties: { file: 'a.ts', line: '3' }, value: 'text' }],
    ['  ::error title=a%2Cb%3A::x%0Ay%25', { name: 'error', properties: { title: 'a,b:' }, value: 'x\ny%' }],
    ['::Group::Title', { name: 'group', properties: {}, value: 'Title' }],
    [
      'text ##[warning file=a.ts;title=b%5D%3B]c',
      { name: 'warning', properties: { file: 'a.ts', title: 'b];' }, value: 'c' },
    ],
    ['::add-mask::a::b', { name: 'add-mask', properties: {}, value: 'a::b' }],
  ])('%s', (line, expected) => {
    expect(parseCommand(line)).toEqual(expected);
  });

  test.each(['::unknown::x', 'text ::error::x', '::error', ':: ::'])('%s is text', (line) => {
    expect(parseCommand(line)).toBeUndefined();
  });

  const read = (...lines: string[]): { output: StepOutput; log: string[] } => {
    const log: string[] = [];
    const output = new StepOutput(
      () => 'step',
      new Masker(),
      (line, level) => log.push(`${level}: ${line}`),
    );
    for (const line of lines) output.line(line);
    return { output, log };
  };

  test('stop-commands makes commands text until its token', () => {
    const { output, log } = read('::stop-commands::tok', '::error::no', '::tok::', '::error::yes');
    expect(log).toEqual(['text: ::error::no', 'error: yes']);
    expect(output.annotations).toHaveLength(1);
  });

  test('set-env and add-path fail the step', () => {
    expect(read('::set-env name=A::1').output.failed).toBe(true);
    expect(read('::add-path::/x').output.failed).toBe(true);
    expect(read('::error::x').output.failed).toBe(false);
  });

  test('set-output and save-state still work', () => {
    const { output } = read('::set-output name=a::1', '::save-state name=b::2');
    expect([...output.outputs, ...output.state]).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
  });

  test('ten annotations of a kind are kept', () => {
    const { output, log } = read(...Array.from({ length: 12 }, (_, i) => `::error::${i}`), '::warning::w');
    expect(output.annotations).toHaveLength(11);
    expect(log).toHaveLength(13);
  });
});

describe('masks', () => {
  const masker = (...secrets: string[]): Masker => {
    const made = new Masker();
    for (const secret of secrets) made.add(secret);
    return made;
  };

  test.each([
    ['plain', 'key=S3cret-Value!', 'key=***'],
    ['base64', Buffer.from('S3cret-Value!').toString('base64'), '***'],
    ['URI', 'q=S3cret-Value!', 'q=***'],
  ])('%s', (_name, text, expected) => {
    expect(masker('S3cret-Value!').mask(text)).toBe(expected);
  });

  test('Base64 inside a longer text, at every offset', () => {
    for (const prefix of ['', 'a', 'ab']) {
      const encoded = Buffer.from(`${prefix}S3cret-Value!`).toString('base64');
      expect(masker('S3cret-Value!').mask(encoded)).toContain('***');
    }
  });

  test('escaped forms', () => {
    expect(masker('a"b<c').mask('x a\\"b<c a&quot;b&lt;c a%22b%3Cc')).toBe('x *** *** ***');
  });

  test('each line of a secret, and no minimum length', () => {
    expect(masker('first line\n2').mask('first line, 2')).toBe('***, ***');
  });

  test('overlapping values become one', () => {
    expect(masker('abcd', 'cdef').mask('xabcdefx')).toBe('x***x');
  });
});
