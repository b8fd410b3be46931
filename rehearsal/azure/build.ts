/**
 * One quick build of ACR Tasks: unpacks the uploaded context, checks the Dockerfile as the builder would, writes the
 * log that a person would see, and keeps the context as the image's contents.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { checkBuild, parseDockerfile } from './dockerfile.ts';
import type { BuildRun, Keeper } from './state.ts';

const run = promisify(execFile);

/** What scheduleRun asked for. */
export interface BuildRequest {
  loginServer: string;
  imageNames: string[];
  dockerFilePath: string;
  target?: string;
  arguments: Record<string, string>;
  /** The uploaded tar.gz. */
  archive: string;
}

/** Runs the build to its end; never throws, the verdict is in `build.status`. */
export async function executeBuild(
  build: BuildRun,
  request: BuildRequest,
  keeper: Keeper,
  stepMs: number,
): Promise<void> {
  const cancelled = () => build.status === 'Canceled';
  const say = (line: string) => {
    if (cancelled()) return;
    build.log += `${line}\r\n`;
    keeper.save();
  };
  const stamp = () => new Date().toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/');
  const work = join(keeper.directory, 'builds', build.id);
  try {
    await sleep(stepMs);
    if (cancelled()) return;
    Object.assign(build, { status: 'Running', startTime: new Date().toISOString() });
    say(`${stamp()} Downloading source code...`);
    await unpack(request.archive, work);
    say(`${stamp()} Finished downloading source code`);
    say(`${stamp()} Logging in to registry: ${request.loginServer}`);
    say(`${stamp()} Successfully logged into ${request.loginServer}`);
    say(`${stamp()} Executing step ID: build. Timeout(sec): 28800, Working directory: '', Network: ''`);
    const dockerfile = join(work, request.dockerFilePath);
    if (!existsSync(dockerfile))
      throw new Error(
        `unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat ${request.dockerFilePath}: no such file or directory`,
      );
    const instructions = parseDockerfile(readFileSync(dockerfile, 'utf8'));
    const { target } = request;
    checkBuild(instructions, work, { arguments: request.arguments, ...(target === undefined ? {} : { target }) });
    for (const [index, { keyword, rest }] of instructions.entries()) {
      say(`Step ${index + 1}/${instructions.length} : ${keyword} ${rest.replace(/\s+/g, ' ')}`);
      await sleep(stepMs / 4);
      if (cancelled()) return;
    }
    const digest = digestOf(request);
    say(`Successfully built ${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`);
    const directory = join(keeper.directory, 'images', digest.slice('sha256:'.length));
    if (!existsSync(directory)) cpSync(work, directory, { recursive: true, verbatimSymlinks: true });
    for (const name of request.imageNames) push(name, digest, directory, build, request, keeper);
    for (const { repository, tag } of build.outputs) {
      say(`Successfully tagged ${request.loginServer}/${repository}:${tag}`);
      say(`The push refers to repository [${request.loginServer}/${repository}]`);
      say(`${tag}: digest: ${digest} size: 2414`);
    }
    finish(build, 'Succeeded', `Run ID: ${build.id} was successful after ${seconds(build)}s`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(reason);
    say(`${stamp()} Container failed during run: build. No retries remaining.`);
    if (!cancelled()) {
      build.error = 'failed to run step ID: build: exit status 1';
      finish(
        build,
        'Failed',
        `Run ID: ${build.id} failed after ${seconds(build)}s. Error: failed during run, err: exit status 1`,
      );
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
    keeper.save();
  }
}

function finish(build: BuildRun, status: BuildRun['status'], line: string): void {
  build.log += `${line}\r\n`;
  Object.assign(build, { status, finishTime: new Date().toISOString() });
}

function seconds(build: BuildRun): number {
  return Math.max(1, Math.round((Date.now() - Date.parse(build.startTime ?? build.createTime)) / 1000));
}

async function unpack(archive: string, into: string): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  // The system's tar reads what the action wrote: two independent programs must agree on the format.
  await run('tar', ['-xzf', archive, '-C', into, '--no-same-owner']);
}

/** Same context and arguments, same digest: files and what the builder was told. */
function digestOf(request: BuildRequest): string {
  const { dockerFilePath, target, arguments: given } = request;
  const told = JSON.stringify({ dockerFilePath, target, given: Object.entries(given).sort() });
  return `sha256:${createHash('sha256')
    .update(gunzipSync(readFileSync(request.archive)))
    .update(told)
    .digest('hex')}`;
}

function push(
  name: string,
  digest: string,
  directory: string,
  build: BuildRun,
  request: BuildRequest,
  keeper: Keeper,
): void {
  const [repository = '', tag = 'latest'] = name.split(':');
  const { images } = keeper.state;
  const old = images.findIndex(
    (image) => image.repository === `${request.loginServer}/${repository}` && image.tag === tag,
  );
  if (old >= 0) images.splice(old, 1);
  images.push({
    repository: `${request.loginServer}/${repository}`,
    tag,
    digest,
    directory,
    arguments: request.arguments,
  });
  build.outputs.push({ registry: request.loginServer, repository, tag, digest });
}
