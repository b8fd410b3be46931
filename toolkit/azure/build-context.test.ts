import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packContext } from './build-context.ts';
import { type TarEntry, writeTar } from './tar.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'context-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content = path): void {
  const full = join(folder, 'in', path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
}

/** Unpacks with the system's tar, a program that is not ours. */
function unpack(archive: Buffer, flags = '-xzf'): string {
  const out = mkdtempSync(join(folder, 'out-'));
  execFileSync('tar', [flags, '-', '-C', out, '--no-same-owner'], { input: archive });
  return out;
}

const list = (archive: Buffer) =>
  execFileSync('tar', ['-tzf', '-'], { input: archive, encoding: 'utf8' }).trim().split('\n');

describe('packContext', () => {
  test('the system tar reads back contents, modes and links', () => {
    write('Dockerfile', 'FROM scratch\n');
    write('bin/start', '#!/bin/sh\n');
    chmodSync(join(folder, 'in/bin/start'), 0o755);
    write('empty', '');
    symlinkSync('bin/start', join(folder, 'in/run'));
    const out = unpack(packContext(join(folder, 'in'), 'Dockerfile').archive);
    expect(readFileSync(join(out, 'Dockerfile'), 'utf8')).toBe('FROM scratch\n');
    expect(statSync(join(out, 'bin/start')).mode & 0o777).toBe(0o755);
    expect(statSync(join(out, 'empty')).size).toBe(0);
    expect(readlinkSync(join(out, 'run'))).toBe('bin/start');
  });

  test('leaves out what .dockerignore says and .git, and keeps the Dockerfile', () => {
    for (const path of ['Dockerfile', 'a.txt', 'secret.env', 'node_modules/x/y', '.git/config']) write(path);
    write('.dockerignore', '*\n!a.txt\n');
    const { archive, files } = packContext(join(folder, 'in'), 'Dockerfile');
    expect(list(archive)).toEqual(['Dockerfile', 'a.txt']);
    expect(files).toBe(2);
    write('Dockerfile.dockerignore', 'a.txt\n');
    expect(list(packContext(join(folder, 'in'), 'Dockerfile').archive)).toContain('secret.env');
  });

  test('the hash knows contents, names and modes, and not dates', () => {
    write('Dockerfile');
    write('b', 'one');
    const hash = () => packContext(join(folder, 'in'), 'Dockerfile').contentHash;
    const first = hash();
    utimesSync(join(folder, 'in/b'), 1, 1);
    expect(hash()).toBe(first);
    chmodSync(join(folder, 'in/b'), 0o755);
    const executable = hash();
    write('b', 'two');
    expect(new Set([first, executable, hash()]).size).toBe(3);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a missing folder and a missing Dockerfile are told', () => {
    expect(() => packContext(join(folder, 'none'), 'Dockerfile')).toThrow(/build context .* does not exist/);
    write('other');
    expect(() => packContext(join(folder, 'in'), 'Dockerfile')).toThrow(/There is no Dockerfile in the build context/);
  });
});

describe('writeTar', () => {
  test('whatever the files, the system tar reads the same back', () => {
    const part = fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/);
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const files = fc.uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 1500 })), {
      maxLength: 4,
      selector: ([name]) => name.split('/')[0],
    });
    fc.assert(
      fc.property(files, (given) => {
        const entries: TarEntry[] = given.map(([name, content]) => ({
          path: name,
          kind: 'file',
          content: Buffer.from(content),
          executable: false,
        }));
        const out = unpack(writeTar(entries), '-xf');
        for (const [name, content] of given) expect(readFileSync(join(out, name))).toEqual(Buffer.from(content));
      }),
      { numRuns: 15 },
    );
  });

  test('a path that does not fit the format is refused by name', () => {
    const name = 'x'.repeat(101);
    expect(() => writeTar([{ path: name, kind: 'folder' }])).toThrow(
      `The path ${name}/ is too long for a tar archive.`,
    );
  });
});
