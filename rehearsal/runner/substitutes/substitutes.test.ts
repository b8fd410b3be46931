import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { runWorkflow } from '../run.ts';
import { makeRepository, removeDirectories, run, steps, temporaryDirectory, testCertificates } from '../testing.ts';

afterAll(removeDirectories);

const checkout = '      - uses: actions/checkout@v7\n';
const list = '      - run: find . -type f | sort | grep -v .github\n';

describe('checkout', () => {
  test('the files of the commit, with what the overlay adds', async () => {
    const ran = await run(
      { '.github/workflows/main.yml': steps(checkout + list), 'a/b.txt': 'x' },
      {
        overlays: async ({ directory, repository, job }) =>
          writeFileSync(join(directory, 'overlay.txt'), `${repository} ${job}`),
      },
    );
    expect(ran.lines.slice(1)).toEqual(['./a/b.txt', './overlay.txt']);
  });

  test('another repository into a path; the workspace of a job is its own', async () => {
    const ran = await run(
      {
        '.github/workflows/main.yml': steps(
          `${checkout}      - uses: actions/checkout@v7\n        with: {repository: org/kit, ref: main, path: kit, persist-credentials: false}\n${list}`,
        ),
        own: '',
      },
      {},
      { 'org/kit': { other: '' } },
    );
    expect(ran.lines.slice(2)).toEqual(['./kit/other', './own']);
  });

  test('needs contents: read', async () => {
    const ran = await run(steps(checkout).replace('jobs:', 'permissions: {issues: read}\njobs:'));
    expect(ran.result.reasons[0]).toContain("the job's token has no 'contents: read'");
  });

  test('a path outside the workspace is an error', async () => {
    const ran = await run(steps('      - uses: actions/checkout@v7\n        with: {path: ../up}\n'));
    expect(ran.result.reasons[0]).toContain("path '../up' is not under");
  });

  test.each([
    [true, ['./changed.txt', './new.txt', 'changed']],
    [false, ['./changed.txt', 'committed']],
  ])('worktree %s: uncommitted files', async (worktree, expected) => {
    const directory = makeRepository({
      '.github/workflows/main.yml': steps(`${checkout}${list}      - run: cat changed.txt\n`),
      'changed.txt': 'committed',
      '.gitignore': '/.gitignore\n/ignored/\n',
    });
    writeFileSync(join(directory, 'changed.txt'), 'changed');
    writeFileSync(join(directory, 'new.txt'), '');
    mkdirSync(join(directory, 'ignored'));
    writeFileSync(join(directory, 'ignored', 'file'), '');
    const lines: string[] = [];
    await runWorkflow({
      workflow: { repository: 'org/app', path: '.github/workflows/main.yml' },
      event: { name: 'workflow_dispatch' },
      repositories: new Map([['org/app', worktree ? { directory, worktree } : { directory }]]),
      environments: {},
      gate: { mode: 'approve' },
      baseEnvironment: { PATH: process.env.PATH ?? '' },
      tls: await testCertificates(),
      directory: temporaryDirectory(),
      onEvent: (event) => event.type === 'log' && lines.push(event.line),
    });
    expect(lines.filter((line) => line !== './.gitignore').slice(1)).toEqual(expected);
  });
});

describe('artifacts', () => {
  const two = (upload: string, download: string): string => `on: workflow_dispatch
jobs:
  a:
    runs-on: x
    steps:
      - run: mkdir -p out/sub && echo 1 > out/one.txt && echo 2 > out/sub/two.json && echo h > out/.hidden && echo t > top.txt
${upload}  b:
    needs: a
    runs-on: x
    steps:
${download}      - run: find . -type f | sort
`;
  const up = (name: string, path: string, rest = ''): string =>
    `      - {uses: actions/upload-artifact@v7, with: {name: ${name}, path: ${JSON.stringify(path)}${rest}}}\n`;
  const down = (inputs: string): string => `      - {uses: actions/download-artifact@v8, with: {${inputs}}}\n`;

  test.each([
    ['a directory without hidden files', 'out', ['./one.txt', './sub/two.json']],
    ['one file', 'out/sub/two.json', ['./two.json']],
    ['a pattern', 'out/**/*.json', ['./sub/two.json']],
    ['several paths below their common directory', 'out/sub\ntop.txt', ['./out/sub/two.json', './top.txt']],
    ['an exclusion', 'out\n!out/sub', ['./one.txt']],
  ])('%s', async (_name, path, expected) => {
    const ran = await run(two(up('x', path), down('name: x')));
    expect(ran.lines.filter((line) => line.startsWith('./'))).toEqual(expected);
  });

  test('all of them, each in its directory; a pattern merged', async () => {
    const both = up('plan-a', 'top.txt') + up('plan-b', 'out/one.txt');
    const all = await run(two(both, down('path: d')));
    expect(all.lines.filter((line) => line.startsWith('./'))).toEqual(['./d/plan-a/top.txt', './d/plan-b/one.txt']);
    const merged = await run(two(both, down('pattern: plan-*, merge-multiple: true')));
    expect(merged.lines.filter((line) => line.startsWith('./'))).toEqual(['./one.txt', './top.txt']);
  });

  test('a name is taken once', async () => {
    const ran = await run(two(up('x', 'out') + up('x', 'out'), ''));
    expect(ran.result.reasons[0]).toContain('an artifact with this name already exists');
    const again = await run(two(up('x', 'out') + up('x', 'top.txt', ', overwrite: true'), down('name: x')));
    expect(again.lines.filter((line) => line.startsWith('./'))).toEqual(['./top.txt']);
  });

  test('nothing found, and nothing to download', async () => {
    const warned = await run(two(up('x', 'none'), ''));
    expect(warned.job('a').annotations[0]?.message).toContain('No files were found with the provided path: none');
    const strict = await run(two(up('x', 'none', ', if-no-files-found: error'), ''));
    expect(strict.result.result).toBe('failed');
    const missing = await run(two('', down('name: x')));
    expect(missing.result.reasons[0]).toContain('Artifact not found for name: x');
  });
});

describe('tools', () => {
  test('the tool that is on PATH is named with its version', async () => {
    const ran = await run(steps("      - {uses: actions/setup-node@v5, with: {node-version: '24'}}\n"));
    expect(ran.lines[0]).toMatch(/^v\d+\.\d+\.\d+ \(the workflow asks for 24\)$/);
  });

  test('a tool that is missing fails the step by its name', async () => {
    const ran = await run(steps('      - uses: azure/setup-kubectl@v4\n'), { baseEnvironment: { PATH: '/nowhere' } });
    expect(ran.result.reasons[0]).toContain("azure/setup-kubectl: 'kubectl' is not on PATH");
  });
});
