import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './repository.ts';

/** Runs a program to its end; its output is in the error when it fails. */
export async function run(command: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(command, args, { maxBuffer: 64 * 1024 * 1024 })).stdout.trim();
}

/** The mirror that this machine's own package sources name; nothing else may be reachable. */
async function mirror(): Promise<string> {
  const sources = await run('apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages');
  const found = sources.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (found === undefined) throw new Error('The package sources of this machine name no Debian mirror.');
  return found;
}

/**
 * A base image of a Debian release, made from its packages. Kept under its name, because nothing in it depends on this
 * repository.
 */
export async function baseImage(release: string): Promise<string> {
  const name = `localhost/moodle-high-scale-base:${release}`;
  if ((await run('buildah', 'images', '--quiet', '--filter', `reference=${name}`)) !== '') return name;
  const directory = mkdtempSync(join(tmpdir(), 'base-image-'));
  try {
    await run('debootstrap', '--variant=minbase', release, directory, await mirror());
    for (const cache of ['var/cache/apt', 'var/lib/apt/lists'])
      rmSync(join(directory, cache), { recursive: true, force: true });
    const container = await run('buildah', 'from', 'scratch');
    await run('buildah', 'add', container, directory, '/');
    await run('buildah', 'config', '--cmd', '/bin/bash', container);
    await run('buildah', 'commit', '--quiet', '--rm', container, name);
    return name;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** An image that was built, with a container of it to look into and run. */
export interface Image {
  /** Where the file system of the image is. */
  root: string;
  /** Bytes of all layers, uncompressed. */
  size: number;
  configuration: { User: string; Cmd?: string[]; Entrypoint?: string[]; Labels: Record<string, string> };
  remove: () => Promise<void>;
}

/** Builds one of the folders below `images/`. */
export async function buildImage(folder: string, buildArguments: Record<string, string>): Promise<Image> {
  const name = `localhost/moodle-high-scale-test-${folder}:${process.pid}`;
  const flags = Object.entries(buildArguments).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  const context = join(repository, 'images', folder);
  await run('buildah', 'build', '--isolation', 'chroot', '--network', 'host', '--tag', name, ...flags, context);
  const container = await run('buildah', 'from', name);
  const { OCIv1: image } = JSON.parse(await run('buildah', 'inspect', '--type', 'image', name));
  const [{ size }] = JSON.parse(await run('buildah', 'images', '--json', name));
  return {
    root: await run('buildah', 'mount', container),
    size: bytes(size),
    configuration: image.config,
    async remove() {
      await run('buildah', 'rm', container);
      await run('buildah', 'rmi', '--force', name);
    },
  };
}

/** buildah prints sizes for people: "724 MB". */
function bytes(text: string): number {
  const [, number, unit = 'B'] = /^([\d.]+)\s*(\w+)$/.exec(text) ?? [];
  return Number(number) * ({ B: 1, KB: 1e3, MB: 1e6, GB: 1e9 }[unit] ?? Number.NaN);
}
