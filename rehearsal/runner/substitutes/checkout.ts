import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { allows } from '../permissions.ts';
import type { StepRun } from '../steps.ts';

const copy = promisify(execFile);

/**
 * In place of actions/checkout: the files of the commit, without untracked ones. There is no `.git` directory, so a
 * step that calls git fails here; and with no git there are no credentials to persist.
 */
export async function checkout(
  run: StepRun,
  inputs: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { state, output } = run;
  const own = state.run.workflow.source;
  const repository = inputs.repository || own.repository;
  const isOwn = repository.toLowerCase() === own.repository.toLowerCase();
  if (isOwn && !allows(state.leg.permissions, 'contents', 'read'))
    throw new Error(`repository '${repository}' not found: the job's token has no 'contents: read'`);
  const { ref } = inputs;
  const isOwnCommit = isOwn && (!ref || ref === own.sha || ref === state.run.trigger.ref);
  const source = isOwnCommit ? own : await state.run.sources.snapshot(repository, ref || undefined);
  const { workspace } = state.directories;
  const target = resolve(workspace, inputs.path ?? '');
  if (relative(workspace, target).startsWith('..'))
    throw new Error(`path '${inputs.path}' is not under '${workspace}'`);
  await empty(target);
  await copy('cp', ['--archive', `${source.directory}/.`, target]);
  await state.run.options.overlays?.({
    repository: source.repository,
    sha: source.sha,
    directory: target,
    job: state.name,
  });
  output.note(`${source.repository} at ${source.sha}`);
  return { ref: ref ?? state.run.trigger.ref, commit: source.sha };
}

async function empty(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true, force: true });
}
