import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Certificates, makeCertificates } from '../tls.ts';
import type { RunEvent } from './events.ts';
import type { RunOptions } from './options.ts';
import type { JobResult, RunResult } from './result.ts';
import { runWorkflow } from './run.ts';
import type { Repository } from './sources.ts';

/** The files of a repository by path. */
export type Files = Readonly<Record<string, string>>;

let certificates: Promise<Certificates> | undefined;
const directories: string[] = [];

/** The certificates of all tests of a file; making them takes longer than most tests. */
export function testCertificates(): Promise<Certificates> {
  certificates ??= makeCertificates();
  return certificates;
}

/** A directory that `removeDirectories` removes. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'runner-test-'));
  directories.push(directory);
  return directory;
}

/** Removes every directory that the tests of a file made. */
export function removeDirectories(): void {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** Makes a directory with files. */
export function makeFiles(files: Files): string {
  const directory = temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

/** Makes a git repository with one commit. */
export function makeRepository(files: Files): string {
  const directory = makeFiles(files);
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], { cwd: directory });
  };
  git('init', '--quiet', '--template=', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '--message', 'Test');
  return directory;
}

/** A finished run with what it said. */
export interface Ran {
  readonly result: RunResult;
  readonly events: readonly RunEvent[];
  /** Lines of the log, without runner notes about levels. */
  readonly lines: readonly string[];
  /** The job with an id path. */
  readonly job: (id: string) => JobResult;
}

/** What a test changes. `repositories` are made from files; `org/app` holds `.github/workflows/main.yml`. */
export type TestOptions = Partial<Omit<RunOptions, 'repositories'>>;

/** Runs `.github/workflows/main.yml` of `org/app`. A text stands for a repository with only that file. */
export async function run(
  app: string | Files,
  options: TestOptions = {},
  others: Readonly<Record<string, Files>> = {},
): Promise<Ran> {
  const files = typeof app === 'string' ? { '.github/workflows/main.yml': app } : app;
  const repositories = new Map<string, Repository>([['org/app', { directory: makeRepository(files) }]]);
  for (const [name, content] of Object.entries(others)) repositories.set(name, { directory: makeRepository(content) });
  const events: RunEvent[] = [];
  const result = await runWorkflow({
    workflow: { repository: 'org/app', path: '.github/workflows/main.yml' },
    event: { name: 'workflow_dispatch', actor: 'alice' },
    repositories,
    environments: {},
    gate: { mode: 'approve' },
    baseEnvironment: { PATH: process.env.PATH ?? '' },
    tls: await testCertificates(),
    directory: temporaryDirectory(),
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return {
    result,
    events,
    lines: events.flatMap((event) => (event.type === 'log' ? [event.line] : [])),
    job: (id) => {
      const found = result.jobs.find((job) => job.id === id);
      if (found === undefined) throw new Error(`no job ${id} in ${result.jobs.map((job) => job.id).join(', ')}`);
      return found;
    },
  };
}

/** A workflow_dispatch workflow with one job `a` that has the given steps (indented by six). */
export function steps(text: string): string {
  return `on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n${text}`;
}
