/** The folders that every container root has, and the parts of the machine that show through. */
import { chmod, lstat, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layered } from '../kubelet/mounts.ts';

const folders = [
  'dev',
  'etc',
  'home',
  'mnt',
  'opt',
  'proc',
  'root',
  'run',
  'srv',
  'sys',
  'usr',
  'var/lib',
  'var/cache',
  'var/log',
];
const worldWritable = ['tmp', 'var/tmp'];
/** Links into /usr on most systems, folders of their own on some. */
const systemFolders = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** Creates the folders, and the files that make /etc/hosts the only source of names. */
export async function createSkeleton(layer: string): Promise<void> {
  for (const folder of folders) {
    await mkdir(join(layer, folder), { recursive: true });
  }
  for (const folder of worldWritable) {
    await mkdir(join(layer, folder), { recursive: true });
    await chmod(join(layer, folder), 0o1777);
  }
  await symlink('../run', join(layer, 'var/run'));
  await writeFile(join(layer, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n');
  await writeFile(join(layer, 'etc/host.conf'), 'multi on\n');
  await writeFile(join(layer, 'etc/resolv.conf'), '');
  await writeFile(join(layer, 'etc/hosts'), '');
  for (const folder of systemFolders) {
    const found = await lstat(`/${folder}`).catch(() => undefined);
    if (found?.isSymbolicLink()) {
      await symlink(await readlink(`/${folder}`), join(layer, folder));
    } else if (found?.isDirectory()) {
      await mkdir(join(layer, folder));
    }
  }
}

/** The layer over an empty root, and over the machine's own system folders. */
export async function baseLayers(layer: string): Promise<Layered[]> {
  const real: string[] = [];
  for (const folder of ['usr', 'etc', ...systemFolders]) {
    const found = await lstat(`/${folder}`).catch(() => undefined);
    if (found?.isDirectory()) {
      real.push(folder);
    }
  }
  return [
    { target: '/', layers: [layer] },
    ...real.map((folder) => ({ target: `/${folder}`, layers: [join(layer, folder), `/${folder}`] })),
  ];
}
