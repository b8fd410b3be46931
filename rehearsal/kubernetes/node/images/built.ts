/** The images that the pipeline builds, `moodle` and `pgbouncer`: their build contexts laid over the machine. */
import { access, chmod, chown, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { AdapterContext, ImageAdapter, ImageConfig } from '../images.ts';
import { type Copy, parseDockerfile } from './dockerfile.ts';
import { layMoodleCode } from './moodle-code.ts';
import { layWebServer } from './web-server.ts';

const moodleRoot = '/var/www/html';

/** The adapters. */
export const builtImages: readonly ImageAdapter[] = [
  { names: ['pgbouncer'], prepare: layContext },
  {
    names: ['moodle'],
    async prepare(context) {
      const config = await layContext(context);
      // What the image's RUN instruction makes for its user.
      for (const folder of ['/var/moodledata', '/var/local/moodle']) {
        await mkdir(join(context.layer, folder), { recursive: true });
        await chmod(join(context.layer, folder), 0o750);
        if (process.getuid?.() === 0) {
          await chown(join(context.layer, folder), 33, 33);
        }
      }
      await layWebServer(context.layer, await readdir('/usr/sbin'));
      const complete = await exists(join(context.layer, moodleRoot, 'version.php'));
      const tree = context.moodleTree;
      if (complete || tree === undefined) {
        return config;
      }
      // A real Moodle is what it is; only the stand-in can be of any release.
      if (await exists(join(tree, 'local/rehearsal'))) {
        await layMoodleCode(join(context.layer, moodleRoot), context.contents.arguments ?? {});
      }
      return { ...config, below: { [moodleRoot]: tree } };
    },
  },
];

async function layContext({ contents, layer }: AdapterContext): Promise<ImageConfig> {
  const { directory } = contents;
  if (directory === undefined) {
    throw new Error('The registry has no contents for this image: build it first.');
  }
  const stage = parseDockerfile(await readFile(join(directory, 'Dockerfile'), 'utf8'));
  for (const copy of stage.copies) {
    await layCopy(directory, layer, stage.workingDirectory, copy);
  }
  return {
    env: stage.env,
    user: stage.user,
    workingDirectory: stage.workingDirectory,
    entrypoint: stage.entrypoint,
    command: stage.command,
    stopSignal: stage.stopSignal as NodeJS.Signals,
  };
}

/** A folder's contents, or a file under its own or the given name, as COPY does it. */
async function layCopy(directory: string, layer: string, workingDirectory: string, copy: Copy): Promise<void> {
  const path = copy.destination.startsWith('/') ? copy.destination : join(workingDirectory, copy.destination);
  const target = join(layer, path);
  for (const source of copy.sources) {
    const from = join(directory, source);
    const folder = (await stat(from)).isDirectory();
    const into = folder || (!path.endsWith('/') && copy.sources.length === 1) ? target : join(target, basename(source));
    await mkdir(folder ? into : join(into, '..'), { recursive: true });
    if (folder) {
      for (const entry of await readdir(from)) {
        await cp(join(from, entry), join(into, entry), { recursive: true, verbatimSymlinks: true });
      }
    } else {
      await cp(from, into);
      await (copy.mode === undefined ? undefined : chmod(into, copy.mode));
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
