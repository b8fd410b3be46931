import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkBuild, parseDockerfile } from './dockerfile.ts';

let context: string;
beforeAll(() => {
  context = mkdtempSync(join(tmpdir(), 'dockerfile-test-'));
  mkdirSync(join(context, 'rootfs/etc'), { recursive: true });
  writeFileSync(join(context, 'rootfs/etc/a.conf'), '');
});
afterAll(() => rmSync(context, { recursive: true, force: true }));

const build = (text: string, options: { target?: string; arguments?: Record<string, string> } = {}) =>
  checkBuild(parseDockerfile(text), context, { arguments: {}, ...options });

describe('a Dockerfile', () => {
  test('comments, empty lines and continuations are read as the builder reads them', () => {
    const text = '# syntax comment\nFROM a:1\n\nRUN one \\\n  # explained\n  && two \\\n  && three\ncmd ["x"]\n';
    expect(parseDockerfile(text).map(({ keyword, rest }) => [keyword, rest.replace(/\s+/g, ' ')])).toEqual([
      ['FROM', 'a:1'],
      ['RUN', 'one && two && three'],
      ['CMD', '["x"]'],
    ]);
  });

  test.each([
    ['FROM a:1\nCOPY rootfs/ /\n'],
    ['FROM a:1\nCOPY rootfs/etc/*.conf /etc/\n'],
    ['FROM a:1 AS base\nFROM base\nCOPY --from=base --chown=www-data /x /y\n'],
    [`ARG VERSION=8.3\nFROM php:\${VERSION}-apache\nADD https://example.org/x /x\n`],
    ['FROM a:1\nCOPY ["rootfs", "/"]\n'],
  ])('%j builds', (text) => {
    expect(() => build(text)).not.toThrow();
  });

  test.each([
    ['', /cannot be empty/],
    ['FROM\n', /FROM requires at least one argument/],
    ['COPY a /\nFROM a:1\n', /no build stage/],
    ['ARG V\nFROM a:$V\n', /should not be blank/],
    ['FROM a:1\nCOPY missing /\n', /file not found in build context/],
    ['FROM a:1\nCOPY rootfs/*.none /\n', /file not found in build context/],
    ['FROM a:1\nCOPY ../outside /\n', /outside the build context/],
    ['FROM a:1\nCOPY --chmod=755 rootfs /\n', /--chmod option requires BuildKit/],
    ['FROM a:1\nCOPY --link rootfs /\n', /--link option requires BuildKit/],
    ['FROM a:1\nCOPY --from=3 /x /y\n', /invalid stage index/],
    ['FROM a:1\nRUN --mount=type=secret,id=x true\n', /--mount option requires BuildKit/],
    ['FROM a:1\nINSTALL x\n', /line 2: unknown instruction: INSTALL/],
  ])('%j is refused', (text, reason) => {
    expect(() => build(text)).toThrow(reason);
  });

  test('a target must be a stage; a build argument may give the base image', () => {
    expect(() => build('FROM a:1 AS web\n', { target: 'cron' })).toThrow(/build target cron/);
    expect(() => build('ARG V\nFROM a:$V\n', { arguments: { V: '1' } })).not.toThrow();
  });
});
