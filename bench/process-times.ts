/** Processes and how long they take. */
import { type SpawnOptions, spawn } from 'node:child_process';

/** Milliseconds from the start of a process to the first that it prints; it is waited for, however it ends. */
export async function untilFirstOutput(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const start = performance.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let first: number | undefined;
  child.stdout.on('data', () => {
    first ??= performance.now() - start;
  });
  await ended(child);
  if (first === undefined) throw new Error(`${command} ${args.join(' ')} printed nothing.`);
  return first;
}

/** Milliseconds from the start of a process to its end. */
export async function untilEnd(
  command: string,
  args: readonly string[],
  { expected = [0], ...options }: SpawnOptions & { expected?: readonly number[] } = {},
): Promise<number> {
  const start = performance.now();
  const code = await ended(spawn(command, args, { stdio: 'ignore', ...options }));
  const milliseconds = performance.now() - start;
  if (!expected.includes(code ?? -1)) throw new Error(`${command} ${args.slice(0, 3).join(' ')} ended with ${code}.`);
  return milliseconds;
}

function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
}
