import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Ended, run } from './testing/process.ts';
import { temporaryDirectory } from './testing/site.ts';

const images = fileURLToPath(new URL('../../images', import.meta.url));
const read = (path: string): string => readFileSync(join(images, path), 'utf8');

let directory: string;
beforeAll(() => {
  directory = temporaryDirectory();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** An archive with one outermost folder, as GitHub makes them: its URL and its SHA-256. */
function archive(name: string, files: Record<string, string>): { url: string; sha256: string } {
  const folder = join(directory, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const file = join(directory, `${name}.tar.gz`);
  execFileSync('tar', ['--create', '--gzip', '--file', file, '--directory', directory, name]);
  return { url: `file://${file}`, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
}

function fetchCode(target: string, moodle: { url: string; sha256: string }, plugins = ''): Promise<Ended> {
  return run({
    command: join(images, 'moodle/build/fetch-code'),
    args: [join(directory, target), join(directory, `${target}.tsv`)],
    env: { MOODLE_URL: moodle.url, MOODLE_SHA256: moodle.sha256, PLUGINS: plugins },
  });
}

describe('fetching the code', () => {
  const plugin = { 'version.php': '<?php', 'lib.php': '<?php' };

  test('puts plugins below the web root of Moodle 4.5', async () => {
    const moodle = archive('moodle-4.5', { 'version.php': '<?php', 'config.php': '<?php', '.git/config': '' });
    const { url, sha256 } = archive('plugin-a', plugin);
    expect(await fetchCode('old', moodle, `local/a ${url} ${sha256}\n`)).toMatchObject({ code: 0 });
    expect(existsSync(join(directory, 'old/local/a/lib.php'))).toBe(true);
    expect(existsSync(join(directory, 'old/config.php'))).toBe(false);
    expect(existsSync(join(directory, 'old/.git'))).toBe(false);
    expect(statSync(join(directory, 'old/version.php')).mode & 0o022).toBe(0);
  });

  test('puts plugins below public/ of Moodle 5.1, where the old place would install nothing', async () => {
    const moodle = archive('moodle-5.1', { 'public/version.php': '<?php', 'public/config.php': '<?php' });
    const { url, sha256 } = archive('plugin-b', plugin);
    expect(await fetchCode('new', moodle, `local/b ${url} ${sha256}`)).toMatchObject({ code: 0 });
    expect(existsSync(join(directory, 'new/public/local/b/lib.php'))).toBe(true);
    expect(existsSync(join(directory, 'new/public/config.php'))).toBe(true);
  });

  test('refuses an archive with another SHA-256, or without one', async () => {
    const moodle = archive('moodle-x', { 'version.php': '<?php' });
    const wrong = await fetchCode('x', { ...moodle, sha256: 'f'.repeat(64) });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('does not have the SHA-256 ffff') });
    expect(await fetchCode('x', { ...moodle, sha256: '' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no SHA-256 given'),
    });
    expect(existsSync(join(directory, 'x/version.php'))).toBe(false);
  });

  test('refuses what is no plugin, and a place outside', async () => {
    const moodle = archive('moodle-y', { 'version.php': '<?php' });
    const { url, sha256 } = archive('no-plugin', { 'README.md': '' });
    expect(await fetchCode('y', moodle, `local/c ${url} ${sha256}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not a Moodle plugin'),
    });
    expect(await fetchCode('y', moodle, `../etc ${url} ${sha256}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('must be a path below the web root'),
    });
  });
});

describe('the Dockerfiles', () => {
  test.each(['moodle', 'pgbouncer'])(
    '%s runs as a numbered user that is not root, and pins nothing to latest',
    (name) => {
      const text = read(`${name}/Dockerfile`);
      expect(text).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
      expect(text).not.toContain(':latest');
      expect(text).toContain('org.opencontainers.image.title');
    },
  );

  test('the final stage of moodle has no compiler and no tool to fetch with', () => {
    const last =
      read('moodle/Dockerfile')
        .split(/^FROM /m)
        .at(-1) ?? '';
    // `curl` alone is the name of a module of PHP.
    expect(last).not.toMatch(/\s(wget|git|gcc|make|build-essential|ca-certificates curl)\s/);
    expect(last).toContain('COPY --from=code --chown=root:root');
  });

  test('PgBouncer is refused when it is older than 1.23', () => {
    expect(read('pgbouncer/Dockerfile')).toContain('ge 1.23');
  });

  test('every script of the images passes shellcheck', async () => {
    const scripts = execFileSync('find', [images, '-type', 'f', '-perm', '-100'], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(scripts.length).toBeGreaterThanOrEqual(6);
    const repository = join(images, '..');
    const ended = await run({
      command: 'shellcheck',
      args: ['--external-sources', `--source-path=${repository}`, ...scripts],
      env: {},
    });
    expect(ended).toMatchObject({ code: 0, stdout: '' });
  });
});
