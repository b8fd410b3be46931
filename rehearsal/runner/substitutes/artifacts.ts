import { globSync } from 'node:fs';
import { cp, lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, matchesGlob, relative, resolve, sep } from 'node:path';
import type { StepRun } from '../steps.ts';
import { idOf } from '../trigger.ts';
import type { Artifact } from './artifact-store.ts';

const day = 24 * 60 * 60 * 1000;

/** In place of actions/upload-artifact v4 and later: names are unique in the run unless `overwrite`. */
export async function uploadArtifact(
  run: StepRun,
  inputs: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { state, output } = run;
  const name = inputs.name || 'artifact';
  if (!inputs.path) throw new Error('Input required and not supplied: path');
  const { root, files } = await findFiles(
    state.directories.workspace,
    inputs.path,
    inputs['include-hidden-files'] === 'true',
  );
  if (files.length === 0) {
    const message = `No files were found with the provided path: ${inputs.path}. No artifacts will be uploaded.`;
    const wanted = inputs['if-no-files-found'] || 'warn';
    if (wanted === 'error') throw new Error(message);
    if (wanted === 'warn') output.annotate('warning', message);
    return {};
  }
  const paths = new Map(files.map((file) => [relative(root, file), file]));
  const artifact = await state.run.artifacts.add(name, paths, inputs.overwrite === 'true');
  publish(run, artifact, Number(inputs['retention-days'] || 90));
  output.note(`Artifact ${name}: ${files.length} file(s), ${artifact.size} bytes`);
  const url = `https://github.com/${state.run.workflow.source.repository}/actions/runs/${state.run.runId}/artifacts/${artifact.id}`;
  return { 'artifact-id': String(artifact.id), 'artifact-digest': artifact.digest, 'artifact-url': url };
}

/** In place of actions/download-artifact: one by name, or those that match a pattern, or all. */
export async function downloadArtifact(
  run: StepRun,
  inputs: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { state, output } = run;
  const target = resolve(state.directories.workspace, inputs.path ?? '');
  const { artifacts } = state.run;
  await mkdir(target, { recursive: true });
  if (inputs.name) {
    const artifact = artifacts.find(inputs.name);
    if (artifact === undefined)
      throw new Error(`Unable to download artifact(s): Artifact not found for name: ${inputs.name}`);
    await cp(artifact.directory, target, { recursive: true });
    return { 'download-path': target };
  }
  const wanted = artifacts.list().filter((artifact) => !inputs.pattern || matchesGlob(artifact.name, inputs.pattern));
  for (const artifact of wanted) {
    const merge = inputs['merge-multiple'] === 'true';
    await cp(artifact.directory, merge ? target : join(target, artifact.name), { recursive: true });
  }
  output.note(`Downloaded ${wanted.length} artifact(s)`);
  return { 'download-path': target };
}

function publish(run: StepRun, artifact: Artifact, days: number): void {
  const { runId, github, workflow } = run.state.run;
  const record = github.repositories.ensure(workflow.source.repository, idOf(workflow.source.repository));
  const others = (record.artifacts.get(runId) ?? []).filter((other) => other.name !== artifact.name);
  const now = Date.now();
  const { id, name, size, digest } = artifact;
  const createdAt = new Date(now).toISOString();
  record.artifacts.set(runId, [
    ...others,
    { id, name, size, digest, createdAt, expiresAt: new Date(now + days * day).toISOString() },
  ]);
}

/**
 * The files of an artifact and the directory that their paths are relative to: the least common ancestor of what is
 * searched, as @actions/artifact does. Hidden files are left out unless wanted.
 */
async function findFiles(
  workspace: string,
  input: string,
  hidden: boolean,
): Promise<{ root: string; files: string[] }> {
  const patterns = input
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const included = patterns.filter((pattern) => !pattern.startsWith('!'));
  const excluded = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => resolve(workspace, pattern.slice(1)));
  const files = new Set<string>();
  for (const pattern of included) {
    for (const found of globSync(resolve(workspace, pattern)))
      for (const file of await filesBelow(found)) files.add(file);
  }
  const kept = [...files].filter((file) => {
    const isHidden = relative(workspace, file)
      .split(sep)
      .some((part) => part.startsWith('.') && part !== '..');
    const isExcluded = excluded.some(
      (pattern) => file === pattern || file.startsWith(pattern + sep) || matchesGlob(file, pattern),
    );
    return (hidden || !isHidden) && !isExcluded;
  });
  const searched = included.map((pattern) => searchPath(workspace, pattern));
  const [first = workspace] = searched;
  if (searched.length === 1)
    return { files: kept, root: kept.length === 1 && kept[0] === first ? dirname(first) : first };
  return { files: kept, root: commonAncestor(searched) };
}

/** The part of a pattern before its first wildcard. */
function searchPath(workspace: string, pattern: string): string {
  const parts = resolve(workspace, pattern).split(sep);
  const wild = parts.findIndex((part) => /[*?[]/.test(part));
  return wild < 0 ? parts.join(sep) : parts.slice(0, wild).join(sep);
}

function commonAncestor(paths: readonly string[]): string {
  const [first = '', ...others] = paths.map((path) => path.split(sep));
  const parts = [...first];
  for (const other of others) {
    const differs = parts.findIndex((part, index) => other[index] !== part);
    if (differs >= 0) parts.length = differs;
  }
  return parts.join(sep) || sep;
}

async function filesBelow(path: string): Promise<string[]> {
  const info = await lstat(path);
  if (!info.isDirectory()) return [path];
  const names = await readdir(path);
  return (await Promise.all(names.map((name) => filesBelow(join(path, name))))).flat();
}
