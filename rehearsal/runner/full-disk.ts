import { mkdir } from 'node:fs/promises';

/** A program with its environment. */
interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

// One page is all there is on it, and a file takes that. Folders and empty files can still be made, as on a real one.
const script = `mount -t tmpfs -o size=4k full "$0" && head -c 4096 /dev/zero >"$0/full"; exec "$@"`;

/** The same program in a mount namespace of its own, whose folders for temporary files are on a disk that is full. */
export async function onFullDisk({ file, args, env }: Program, folder: string): Promise<Program> {
  await mkdir(folder, { recursive: true });
  return {
    file: 'unshare',
    args: ['--mount', '--map-root-user', 'sh', '-c', script, folder, file, ...args],
    env: { ...env, RUNNER_TEMP: folder, TMPDIR: folder },
  };
}
