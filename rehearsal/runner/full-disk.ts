import { mkdir } from 'node:fs/promises';

/** A program with its environment. */
interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

// One page is all there is on it, and a file takes that. Folders and empty files can still be made, as on a real one. No
// shell: it would drop the variables of inputs, whose names have dashes.
const script = `
const [folder, file, ...args] = process.argv.slice(1);
require('node:child_process').execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'full', folder]);
require('node:fs').writeFileSync(folder + '/full', Buffer.alloc(4096));
process.execve(file, [file, ...args], process.env);
`;

/** The same program in a mount namespace of its own, whose folders for temporary files are on a disk that is full. */
export async function onFullDisk({ file, args, env }: Program, folder: string): Promise<Program> {
  await mkdir(folder, { recursive: true });
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', '--eval', script, '--', folder];
  return {
    file: 'unshare',
    args: ['--mount', '--map-root-user', ...node, file, ...args],
    env: { ...env, RUNNER_TEMP: folder, TMPDIR: folder },
  };
}
