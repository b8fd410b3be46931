/**
 * Runs an action's committed bundle as GitHub does: a process with INPUT_* variables and command files, in a folder of
 * its own. What a behaviour test asserts is what a workflow would see.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** How to run it. */
export interface ActionRun {
  /** A folder under the repository: `actions/approve-pls`. */
  action: string;
  /** As in `with:`. */
  inputs?: Record<string, string>;
  /** Added to PATH and HOME, which is all that is passed on from the test's own environment. */
  environment?: Record<string, string>;
  workingDirectory?: string;
  /** The post step instead, with what the main step left for it. */
  post?: { 'temporary-directory': string; note?: string };
  /** Called with the process and all output so far whenever there is more, for tests that send signals. */
  onOutput?: (child: ChildProcess, output: string) => void;
  /** Called with the process when it was started. */
  onStart?: (child: ChildProcess) => void;
}

/** What it left behind. */
export interface ActionEnd {
  exitCode: number | null;
  /** Standard output and standard error, as they came. */
  log: string;
  outputs: Record<string, string>;
  state: Record<string, string>;
  summary: string;
  /** The messages of `::error::` commands, unescaped. */
  errors: string[];
  /** The messages of `::warning::` commands, unescaped. */
  warnings: string[];
  seconds: number;
}

const repository = resolve(import.meta.dirname, '../..');

/** Parses a command file of `NAME<<DELIMITER` blocks. */
function parseCommandFile(text: string): Record<string, string> {
  const entries = text.matchAll(/^([^\n]+?)<<([^\n]+)\n([\s\S]*?)\n?\2\n/gm);
  return Object.fromEntries([...entries].map(([, name, , value]) => [name ?? '', value ?? '']));
}

/** The messages of one workflow command. */
function commands(name: string, log: string): string[] {
  return [...log.matchAll(new RegExp(`^::${name}(?: [^:]*(?::[^:]+)*)?::([^\\n\\r]*)$`, 'gm'))].map(([, message]) =>
    (message ?? '').replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%'),
  );
}

/** Starts the bundle and resolves when it has ended. */
export async function runAction(run: ActionRun): Promise<ActionEnd> {
  const home = mkdtempSync(join(tmpdir(), 'action-test-'));
  const files = { output: join(home, 'output'), state: join(home, 'state'), summary: join(home, 'summary') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const workspace = join(home, 'workspace');
  const temporary = join(home, 'temp');
  for (const folder of [workspace, temporary]) mkdirSync(folder);
  const inputs = Object.entries(run.inputs ?? {}).map(([name, value]) => [
    `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
    value,
  ]);
  const left = Object.entries(run.post ?? {}).map(([name, value]) => [`STATE_${name}`, value]);
  const script = run.post === undefined ? 'dist/index.js' : 'dist/post.js';
  const started = Date.now();
  try {
    const child = spawn(process.execPath, [join(repository, run.action, script)], {
      cwd: run.workingDirectory ?? workspace,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        GITHUB_WORKSPACE: run.workingDirectory ?? workspace,
        GITHUB_OUTPUT: files.output,
        GITHUB_STATE: files.state,
        GITHUB_STEP_SUMMARY: files.summary,
        GITHUB_ACTIONS: 'true',
        RUNNER_TEMP: temporary,
        ...Object.fromEntries([...inputs, ...left]),
        ...run.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    run.onStart?.(child);
    let log = '';
    const collect = (chunk: Buffer): void => {
      log += chunk.toString();
      run.onOutput?.(child, log);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const exitCode = await new Promise<number | null>((done, fail) => {
      child.on('error', fail);
      child.on('close', done);
    });
    return {
      exitCode,
      log,
      outputs: parseCommandFile(readFileSync(files.output, 'utf8')),
      state: parseCommandFile(readFileSync(files.state, 'utf8')),
      summary: readFileSync(files.summary, 'utf8'),
      errors: commands('error', log),
      warnings: commands('warning', log),
      seconds: (Date.now() - started) / 1000,
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
