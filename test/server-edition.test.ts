/** The workflows for GitHub Enterprise Server: rewritten, tagged, and called from another repository. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { runWorkflow } from '../rehearsal/runner/run.ts';
import {
  makeRepository,
  removeDirectories,
  temporaryDirectory,
  testCertificates,
} from '../rehearsal/runner/testing.ts';
import { rewrite, rewriteWorkflows } from '../scripts/server-edition.ts';

const root = resolve(import.meta.dirname, '..');
const edition = { repository: 'tools/moodle', ref: 'v1.0.0-server' };

afterAll(removeDirectories);

test('nothing that an older server does not know is left in any workflow', () => {
  for (const name of readdirSync(join(root, '.github/workflows'))) {
    const text = rewrite(readFileSync(join(root, '.github/workflows', name), 'utf8'), edition);
    expect(text).not.toMatch(/uses: \$\/|job\.workflow_|queue: max|deployment: false/);
  }
});

test('another repository reaches its workflows and actions at their tag', async () => {
  const toolkit = temporaryDirectory();
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root });
  // What a preview of a stranger's pull request uses.
  const used = /^(\.github|manifests|environments)\/|^actions\/[^/]+\/(dist\/|action\.yml)/;
  for (const file of listed
    .toString()
    .split('\n')
    .filter((path) => used.test(path))) {
    mkdirSync(dirname(join(toolkit, file)), { recursive: true });
    cpSync(join(root, file), join(toolkit, file));
  }
  rewriteWorkflows(toolkit, edition);
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], { cwd: toolkit });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Server edition');
  git('tag', edition.ref);
  writeFileSync(join(toolkit, '.github/workflows/preview.yml'), 'not of the tag');
  const caller = readFileSync(join(root, 'examples/caller/.github/workflows/preview.yml'), 'utf8');
  const example = (path: string) => [path, readFileSync(join(root, 'examples/caller', path), 'utf8')] as const;
  const university = makeRepository({
    '.github/workflows/preview.yml': caller.replace('OWNER/REPO', edition.repository).replace('@v1', `@${edition.ref}`),
    ...Object.fromEntries(
      ['environments/development.yml', 'environments/staging.yml', 'environments/production.yml'].map(example),
    ),
    ...Object.fromEntries([example('manifests/web/kustomization.yaml')]),
  });
  const tls = await testCertificates();
  const names = ['development', 'staging', 'production'].flatMap((name) => [name, `${name}-plan`]);
  const result = await runWorkflow({
    workflow: { repository: 'university/exams', path: '.github/workflows/preview.yml' },
    event: { name: 'pull_request', number: 7, head: { ref: 'change', repository: 'mallory/exams' }, base: 'main' },
    repositories: new Map([
      ['university/exams', { directory: university }],
      [edition.repository, { directory: toolkit }],
    ]),
    environments: Object.fromEntries(names.map((name) => [name, {}])),
    gate: { mode: 'approve' },
    baseEnvironment: { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) },
    tls,
    directory: temporaryDirectory(),
  });
  expect(result).toMatchObject({ result: 'succeeded', reasons: [] });
  const web = result.jobs.find(({ name }) => name === 'moodle / fork, production');
  expect(web?.steps.map(({ name, conclusion }) => [name, conclusion])).toContainEqual([
    'Lay the overlay over the web pods',
    'success',
  ]);
}, 120_000);
