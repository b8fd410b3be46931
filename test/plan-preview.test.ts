/** The workflow of pull requests, run by the rehearsal's runner where that needs no cloud: for a fork, and with plans that fail. */
import { writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { JobResult, RunResult } from '../rehearsal/runner/result.ts';
import { runWorkflow } from '../rehearsal/runner/run.ts';
import { removeDirectories, temporaryDirectory, testCertificates } from '../rehearsal/runner/testing.ts';

const REPOSITORY = 'example/moodle-high-scale';

afterAll(removeDirectories);

/** Runs it for a pull request from a repository. There is neither Terraform nor a cloud: whatever is planned fails. */
async function preview(headRepository: string): Promise<{ result: RunResult; named: (name: string) => JobResult }> {
  const tls = await testCertificates();
  const directory = temporaryDirectory();
  const authority = join(directory, 'ca.pem');
  writeFileSync(authority, tls.ca);
  const names = ['development', 'production'].flatMap((name) => [name, `${name}-plan`, `${name}-deploy`]);
  const result = await runWorkflow({
    workflow: { repository: REPOSITORY, path: '.github/workflows/plan-preview.yml' },
    event: {
      name: 'pull_request',
      number: 7,
      head: { ref: 'change', repository: headRepository },
      base: 'main',
      files: ['environments/production.yml'],
      actor: 'alice',
    },
    repositories: new Map([[REPOSITORY, { directory: resolve(import.meta.dirname, '..'), worktree: true }]]),
    environments: Object.fromEntries(names.map((name) => [name, {}])),
    gate: { mode: 'approve' },
    baseEnvironment: {
      PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      NODE_EXTRA_CA_CERTS: authority,
    },
    tls,
    directory,
  });
  const named = (name: string): JobResult => {
    const found = result.jobs.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no job ${name}`);
    return found;
  };
  return { result, named };
}

test('a pull request from a fork is told why it has no preview, and is checked without credentials', async () => {
  const { result, named } = await preview('mallory/moodle-high-scale');
  expect(result.result).toBe('succeeded');
  for (const environment of ['development', 'production']) {
    const fork = named(`preview / fork, ${environment}`);
    expect(fork.annotations).toContainEqual(
      expect.objectContaining({
        level: 'notice',
        message: expect.stringContaining('A pull request from a fork is not planned'),
      }),
    );
    expect(fork.summaries[0]?.markdown).toContain(`### No preview of ${environment}`);
    expect(fork.steps.find(({ id }) => id === 'environment')?.outcome).toBe('success');
  }
  const others = result.jobs.filter(({ name }) => !name.includes('fork'));
  expect(others.map(({ status }) => status)).toEqual(others.map(() => 'skipped'));
  expect(result.comments).toEqual([]);
}, 60_000);

test('a pull request of this repository gets its comment although every plan fails', async () => {
  const { result, named } = await preview(REPOSITORY);
  expect(named('preview / production / plan').status).toBe('failure');
  expect(named('preview / comment').status).toBe('success');
  const [comment, ...more] = result.comments;
  expect(more).toEqual([]);
  expect(comment?.author).toBe('github-actions[bot]');
  for (const name of ['development', 'production']) expect(comment?.body).toContain(`### ${name}: the plan failed`);
  expect(result.notSimulated).toEqual([]);
}, 60_000);
