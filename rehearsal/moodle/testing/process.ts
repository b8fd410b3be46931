import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** The account that a server of the images runs as; only root can become another. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** The ids of a system account, or nothing when this process could not become it anyway. */
export function account(name: string): Account {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** How a command ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** What to run, as whom, with exactly which environment. */
export interface Command {
  command: string;
  args?: readonly string[];
  env: Record<string, string>;
  as?: Account;
  /** In a process group of its own, so that it can be killed with all that it started. */
  group?: boolean;
}

/** A process that goes on running, with what it has printed so far. */
export interface Running {
  child: ChildProcess;
  output: () => string;
  ended: Promise<Ended>;
  stop: (signal?: NodeJS.Signals) => Promise<Ended>;
}

/** Starts a command. */
export function start(options: Command): Running {
  const child = spawn(options.command, [...(options.args ?? [])], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    detached: options.group ?? false,
    ...options.as,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  ended.catch(() => undefined);
  return {
    child,
    output: () => stdout + stderr,
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
      return ended.finally(() => clearTimeout(patience));
    },
  };
}

/** Runs a command to its end. */
export function run(options: Command): Promise<Ended> {
  return start(options).ended;
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Asks again until the answer is yes. */
export async function eventually(what: string, ask: () => Promise<boolean>, running?: Running): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await ask().catch(() => false))) {
    const gone = running?.child.exitCode ?? null;
    if (Date.now() > end || gone !== null) throw new Error(`${what}: in vain. ${running?.output() ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
