/** A container as a process: starts it, waits until its root stands, enters it, and tells how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ContainerProcess } from '../../ports.ts';
import { containerArguments, execArguments, type Identity } from './launch.ts';
import { type Mount, renderTable } from './mounts.ts';

const script = fileURLToPath(new URL('container.sh', import.meta.url));
const privileged = process.getuid?.() === 0;

/** Everything that is decided about a container before it starts. */
export interface ContainerPlan {
  /** A folder of the container's own. */
  directory: string;
  logFile: string;
  hostname: string;
  mounts: readonly Mount[];
  identity: Identity;
  env: Record<string, string>;
  workingDirectory: string;
  command: readonly string[];
}

/** How a container ended: an exit code as a shell would show it, and the signal if one ended it. */
export interface Ending {
  exitCode: number;
  signal?: number;
}

/** A running container. */
export interface RunningContainer {
  /** The number of its first process on the host. */
  pid: number;
  ended: Promise<Ending>;
  kill(signal: NodeJS.Signals): void;
  /** Runs a command in it, in its root and with its variables and user. */
  enter(command: readonly string[], options: { stdin: boolean }): ContainerProcess;
}

/** Thrown when a container could not be built; the pod shows it as CreateContainerError. */
export class StartError extends Error {}

/** Builds the root and starts the command; resolves when the root stands. */
export async function startContainer(plan: ContainerPlan): Promise<RunningContainer> {
  const root = join(plan.directory, 'root');
  const scratch = join(plan.directory, 'scratch');
  const table = join(plan.directory, 'mounts');
  await mkdir(root, { recursive: true });
  await mkdir(scratch, { recursive: true });
  await mkdir(dirname(plan.logFile), { recursive: true });
  await writeFile(table, renderTable(plan.mounts));
  const launch = { privileged, root, identity: plan.identity, workingDirectory: plan.workingDirectory };
  const [program = '', ...rest] = containerArguments({
    ...launch,
    command: plan.command,
    script,
    scratch,
    table,
    hostname: plan.hostname,
  });
  // Containers open /dev/stdout by name, whoever they run as.
  const log = openSync(plan.logFile, 'a', 0o666);
  await chmod(plan.logFile, 0o666);
  let child: ChildProcess;
  try {
    child = spawn(program, rest, { env: plan.env, stdio: ['ignore', log, log, 'pipe'], cwd: '/' });
  } finally {
    closeSync(log);
  }
  const ended = endingOf(child, plan.logFile);
  const pid = await readyPid(child, ended);
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    ended,
    // A number may belong to somebody else once its process has gone.
    kill: (signal) => (alive() ? sendSignal(pid, signal) : undefined),
    enter: (command, { stdin }) => {
      const [enter = '', ...words] = execArguments({ ...launch, command, pid });
      const stdio = [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] as ['pipe' | 'ignore', 'pipe', 'pipe'];
      return containerProcess(spawn(enter, words, { env: plan.env, stdio, cwd: '/', detached: true }));
    },
  };
}

/** Reads what `container.sh` says on its third descriptor, which unshare holds open for as long as the container runs. */
async function readyPid(child: ChildProcess, ended: Promise<Ending>): Promise<number> {
  let said = '';
  for await (const chunk of child.stdio[3] as Readable) {
    said += String(chunk);
    const ready = /^ready (\d+)$/m.exec(said);
    if (ready !== null) {
      return Number(ready[1]);
    }
  }
  await ended;
  throw new StartError(`cannot build the container: ${said.trim().replaceAll('\n', '; ') || 'no reason given'}`);
}

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

function endingOf(child: ChildProcess, logFile: string): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ exitCode: 128 }));
    child.once('exit', (code, signal) => {
      if (code === 1 && takeBack(logFile, KILLED)) return resolve({ exitCode: 137, signal: 9 });
      const number = signal === null ? undefined : (signalNumbers[signal] ?? 9);
      resolve(number === undefined ? { exitCode: code ?? 1 } : { exitCode: 128 + number, signal: number });
    });
  });
}

/**
 * What unshare (util-linux 2.38) says, on the container's own standard error, when process 1 was killed with SIGKILL: it
 * wants to end by the same signal, cannot, and ends with 1.
 */
const KILLED = 'unshare: sigprocmask unblock failed: Invalid argument\n';

/** Whether a log ends with a line, which is then taken out of it. */
function takeBack(logFile: string, line: string): boolean {
  const text = readFileSync(logFile);
  if (!text.subarray(-line.length).equals(Buffer.from(line))) return false;
  truncateSync(logFile, text.length - line.length);
  return true;
}

function containerProcess(child: ChildProcess): ContainerProcess {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) {
    throw new Error('A process without output streams was started.');
  }
  const exit = new Promise<number>((resolve) => {
    child.once('error', () => resolve(126));
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : (signalNumbers[signal] ?? 9))));
  });
  // The group reaches the command itself; nsenter alone would take it along only when killed outright.
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      sendSignal(-child.pid, signal);
    }
  };
  return { stdin: child.stdin, stdout, stderr, exit, kill };
}

/** Sends a signal to a process that may have gone already. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
