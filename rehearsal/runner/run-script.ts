import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve as resolvePath } from 'node:path';
import type { RunBody } from './model.ts';
import { runStage } from './stage.ts';
import type { StepEnd, StepRun } from './steps.ts';
import { get, resolveText, type Token } from './tokens.ts';

/**
 * How a script is started (ScriptHandler.cs): without `shell` bash stops at the first error but a pipe's result is that
 * of its last command; with `shell: bash` any failing part of a pipe counts.
 */
export function shellCommand(shell: string, script: string): { file: string; args: string[] } {
  if (shell === '') return { file: 'bash', args: ['-e', script] };
  if (shell === 'bash') return { file: 'bash', args: ['--noprofile', '--norc', '-e', '-o', 'pipefail', script] };
  if (shell === 'sh') return { file: 'sh', args: ['-e', script] };
  throw new Error(`shell '${shell}' is not simulated; use bash or sh`);
}

/** Runs a `run:` step. */
export async function runScript(run: StepRun, body: RunBody): Promise<StepEnd> {
  const { state, frame, env } = run;
  const scope = state.scope(frame, env);
  const script = join(state.directories.temp, `${state.nextFile()}.sh`);
  await writeFile(script, resolveText(body.script, scope));
  const shell = resolveText(body.shell ?? defaultOf(run, 'shell'), scope);
  const directory = resolveText(body.workingDirectory ?? defaultOf(run, 'working-directory'), scope);
  const cwd = resolvePath(state.directories.workspace, directory);
  if (!existsSync(cwd)) throw new Error(`working-directory '${directory}' does not exist in the workspace`);
  return runStage(run, { ...shellCommand(shell, script), cwd, github: {}, isNode: false });
}

/** A job's `defaults.run` replaces the workflow's as a whole; neither reaches into a composite action. */
function defaultOf({ state, frame }: StepRun, key: string): Token | undefined {
  if (frame.action !== undefined) return undefined;
  const { job, instance } = state.leg;
  return get(get(job.defaults, 'run') ?? get(instance.workflow.defaults, 'run'), key);
}
