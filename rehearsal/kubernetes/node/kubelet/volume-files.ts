/** Volumes made of files: which keys become which files, and writing them with the right modes. */
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { KeyToPath } from '../objects.ts';

/** One file of a volume. */
export interface VolumeFile {
  path: string;
  content: Buffer;
  mode?: number;
}

/** All keys under their own names, or the chosen ones under the given paths. Throws when a chosen key is missing. */
export function chooseKeys(
  keys: Readonly<Record<string, Buffer>>,
  choice: { items?: KeyToPath[]; optional?: boolean },
): VolumeFile[] {
  if (choice.items === undefined) {
    return Object.entries(keys).map(([path, content]) => ({ path, content }));
  }
  return choice.items.flatMap(({ key, path, mode }) => {
    const content = keys[key];
    if (content === undefined) {
      if (choice.optional === true) {
        return [];
      }
      throw new Error(`references non-existent config key: ${key}`);
    }
    return [{ path, content, ...(mode === undefined ? {} : { mode }) }];
  });
}

/** Writes the files. With an fsGroup they belong to that group and it may read them, as kubelet arranges. */
export async function writeFiles(
  directory: string,
  files: readonly VolumeFile[],
  options: { defaultMode: number; group: number | undefined },
): Promise<void> {
  const group = process.getuid?.() === 0 ? options.group : undefined;
  for (const { path, content, mode = options.defaultMode } of files) {
    if (normalize(path).startsWith('..')) {
      throw new Error(`the path ${path} leads out of the volume`);
    }
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    if (group !== undefined) {
      await chown(target, 0, group);
    }
    await chmod(target, group === undefined ? mode : mode | 0o040);
  }
}
