/** The rehearsal as a process, in a folder of its own, as a person starts it: what it prints, how it is killed, what it leaves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The folder of the repository. */
export const repository = resolve(import.meta.dirname, '../..');

const MAIN = [
  '--disable-warning=ExperimentalWarning',
  '--import',
  './rehearsal/runner/json-imports.mjs',
  'rehearsal/main.ts',
];

/** How to start it. */
export interface RehearsalOptions {
  /** What REHEARSAL_DIRECTORY names. */
  directory: string;
  arguments?: readonly string[];
  /** A file that gets everything it prints, for whoever wants to follow. */
  logFile?: string;
  /** Through `scripts/start.mjs`, which sets the machine up first, as `npm run rehearse` does. */
  throughNpmScript?: boolean;
}

/** How it ended. */
export interface RehearsalEnd {
  /** Null when a signal ended it. */
  exitCode: number | null;
  /** Standard output and standard error, as they came. */
  log: string;
  seconds: number;
}

/** A rehearsal that runs. */
export interface RunningRehearsal {
  child: ChildProcess;
  pid: number;
  /** Resolves with the first line that matches; fails when the rehearsal ends before. */
  line(pattern: RegExp): Promise<string>;
  end: Promise<RehearsalEnd>;
}

/** Starts a rehearsal. */
export function startRehearsal(options: RehearsalOptions): RunningRehearsal {
  const started = Date.now();
  const command = options.throughNpmScript ? ['scripts/start.mjs', 'rehearse'] : MAIN;
  const child = spawn(process.execPath, [...command, ...(options.arguments ?? [])], {
    cwd: repository,
    env: { ...process.env, REHEARSAL_DIRECTORY: options.directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  let ended = false;
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of [...waiting]) look();
  };
  const collect = (chunk: Buffer): void => {
    log += chunk.toString();
    if (options.logFile !== undefined) appendFileSync(options.logFile, chunk);
    changed();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const end = new Promise<RehearsalEnd>((done, fail) => {
    child.on('error', fail);
    child.on('close', (exitCode) => {
      ended = true;
      changed();
      done({ exitCode, log, seconds: (Date.now() - started) / 1000 });
    });
  });
  return {
    child,
    pid: child.pid ?? 0,
    end,
    line: (pattern) =>
      new Promise((found, fail) => {
        const look = (): void => {
          const line = log.split('\n').find((candidate) => pattern.test(candidate));
          if (line === undefined && !ended) return;
          waiting.delete(look);
          if (line === undefined) fail(new Error(`The rehearsal ended without a line ${pattern}:\n${log}`));
          else found(line);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Runs a rehearsal to its end. */
export function rehearse(directory: string, ...args: string[]): Promise<RehearsalEnd> {
  return startRehearsal({ directory, arguments: args }).end;
}

/** Every process of the machine, with its arguments. */
export function processes(): { pid: number; commandLine: string; environment: string }[] {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8').replaceAll('\0', '\n');
    } catch {
      return ''; // It ended meanwhile, or is somebody else's.
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      commandLine: read(`/proc/${name}/cmdline`),
      environment: read(`/proc/${name}/environ`),
    }));
}

/** The processes that a rehearsal in this folder has left: those whose arguments or environment name it. */
export function leftovers(directory: string): string[] {
  return processes()
    .filter(
      ({ pid, commandLine, environment }) => pid !== process.pid && (commandLine + environment).includes(directory),
    )
    .map(({ pid, commandLine }) => `${pid} ${commandLine.trim().replaceAll('\n', ' ')}`);
}

/** Listening sockets on the addresses of a rehearsal's block, from the kernel's own table. */
export function listeners(block: number): string[] {
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A')
    .map(([, local = '']) => local.split(':'))
    .map(([address = '', port = '']) => {
      const octets = address.match(/../g)?.reverse() ?? [];
      return `${octets.map((octet) => Number.parseInt(octet, 16)).join('.')}:${Number.parseInt(port, 16)}`;
    })
    .filter((address) => address.startsWith(`127.130.${block}.`) || podAddress(address, block));
}

/** Whether an address is one of a block's 4096 pods in 127.64.0.0/11 or of its 4096 Services in 127.96.0.0/12. */
function podAddress(address: string, block: number): boolean {
  const [a, b = 0, c = 0] = address.split(/[.:]/).map(Number);
  return a === 127 && b >= 64 && b < 112 && Math.floor(((b % 32) * 256 + c) / 16) === block;
}

/** Waits until a condition holds; fails with what was seen last. */
export async function until<T>(look: () => T | Promise<T>, holds: (seen: T) => boolean, seconds: number): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain; last seen: ${JSON.stringify(seen)}`);
    await sleep(100);
  }
}
