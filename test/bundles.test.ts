/** The committed bundles: complete, small enough, on their own, and started as a process by GitHub's rules. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { runAction } from './support/action-process.ts';

const root = resolve(import.meta.dirname, '..');
const PUBLIC = ['provision-infra', 'redis-bootstrap', 'deploy-moodle', 'approve-pls', 'install-db'];
const INTERNAL = ['environment', 'preview', 'comment', 'smoke'];
const folders = [...PUBLIC.map((name) => `actions/${name}`), ...INTERNAL.map((name) => `.github/actions/${name}`)];

/** GitHub downloads the whole repository for every action that a job uses. */
const MOST_BYTES = 1_500_000;
/** Those that may be less: the one that signs in to Azure and does little else. */
const MOST_BYTES_OF: Record<string, number> = { 'actions/approve-pls': 900_000 };

interface Metadata {
  name: string;
  description: string;
  inputs: Record<string, { description: string; required: boolean; default?: string }>;
  outputs: Record<string, { description: string }>;
  runs: { using: string; main: string; post: string };
}
const metadata = (folder: string) => parse(readFileSync(join(root, folder, 'action.yml'), 'utf8')) as Metadata;

test('the actions are those of the product, and no more', () => {
  const found = (parent: string): string[] =>
    readdirSync(join(root, parent)).filter((name) => existsSync(join(root, parent, name, 'action.yml')));
  expect(found('actions').sort()).toEqual([...PUBLIC].sort());
  expect(found('.github/actions').sort()).toEqual([...INTERNAL].sort());
});

describe.each(folders)('%s', (folder) => {
  test('has its code within its budget, its licences, and nothing else', () => {
    const dist = join(root, folder, 'dist');
    const usesAzure = readFileSync(join(dist, 'index.js'), 'utf8').includes('#azure-sdk');
    const code = [...(usesAzure ? ['azure.js'] : []), 'index.js', 'post.js'];
    expect(readdirSync(dist).sort()).toEqual([...code, 'licenses.txt', 'package.json'].sort());
    const bytes = code.reduce((sum, name) => sum + statSync(join(dist, name)).size, 0);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES_OF[folder] ?? MOST_BYTES);
  });

  test('runs on Node 24, and has a post step', () => {
    const { runs } = metadata(folder);
    expect(runs).toEqual({ using: 'node24', main: 'dist/index.js', post: 'dist/post.js' });
  });

  test('describes every input and output', () => {
    const { inputs, outputs, description } = metadata(folder);
    const bare = [...Object.entries(inputs), ...Object.entries(outputs)].filter(
      ([, { description: text }]) => text.trim().length < 8,
    );
    expect(bare).toEqual([]);
    expect(description.length).toBeGreaterThan(20);
  });

  test('starts away from node_modules, and ends with one readable error when it is given nothing', async () => {
    const away = mkdtempSync(join(tmpdir(), 'bundle-'));
    try {
      cpSync(join(root, folder, 'dist'), away, { recursive: true });
      const child = spawn(process.execPath, [join(away, 'index.js')], {
        env: { PATH: process.env.PATH, RUNNER_TEMP: away },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          output += chunk.toString();
        });
      const code = await new Promise((done) => child.on('close', done));
      expect(code).toBe(1);
      expect(output).toMatch(/^::error::/m);
      expect(output).not.toMatch(/^\s+at .*\(/m);
      expect(output).not.toContain('Cannot find');
    } finally {
      rmSync(away, { recursive: true, force: true });
    }
  });

  test('as a post step removes what a killed main step left, and does nothing else', async () => {
    const left = mkdtempSync(join(tmpdir(), 'left-'));
    const end = await runAction({ action: folder, post: { 'temporary-directory': left } });
    expect(end.exitCode).toBe(0);
    expect(existsSync(left)).toBe(false);
    expect(end.outputs).toEqual({});
  });
});

describe.each(PUBLIC.map((name) => `actions/${name}`))('%s is a reconciler', (folder) => {
  test('takes mode plan or apply, plan unless told, and says outcome and steps', () => {
    const { inputs, outputs } = metadata(folder);
    expect(inputs.mode?.default).toBe('plan');
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining(['outcome', 'steps']));
  });

  test('refuses a mode that is none', async () => {
    const end = await runAction({ action: folder, inputs: { mode: 'destroy' } });
    expect(end.exitCode).toBe(1);
    expect(end.errors.join('\n')).toContain('Input "mode" must be one of plan, apply; it is "destroy".');
  });
});
