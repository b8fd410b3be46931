import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { type ProcessGroups, signalGroup } from './process-groups.ts';

/** The ladder of signals that ends a cancelled step, in milliseconds after the first (ProcessInvoker.cs). */
export interface Ladder {
  readonly terminateAfter: number;
  readonly killAfter: number;
}

/** SIGINT at once, SIGTERM after 7.5 s, SIGKILL 2.5 s later. */
export const defaultLadder: Ladder = { terminateAfter: 7_500, killAfter: 10_000 };

/** A program to run in a process group of its own. */
export interface ProcessSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Receives standard output and standard error, line by line, without the line end. */
  readonly onLine: (line: string) => void;
  /** Starts the ladder. */
  readonly signal: AbortSignal;
  readonly ladder: Ladder;
  readonly groups: ProcessGroups;
  readonly onStart?: (pid: number) => void;
}

/** How a process ended. `group` stays on the list of live groups while a daemon of it runs. */
export interface ProcessEnd {
  readonly exitCode: number;
  readonly group: number | undefined;
}

// A daemon that inherited the streams keeps them open; the runner waits this long for them after the exit.
const streamGrace = 5_000;

/** Runs a process to its end. A program that cannot be started ends with code 127 and a line saying why. */
export function runProcess(spec: ProcessSpec): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    const child = spawn(spec.file, spec.args, {
      cwd: spec.cwd,
      env: { ...spec.env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const group = child.pid;
    if (group !== undefined) {
      spec.groups.add(group);
      spec.onStart?.(group);
    }
    const flushes = [splitLines(child.stdout, spec.onLine), splitLines(child.stderr, spec.onLine)];
    const timers: NodeJS.Timeout[] = [];
    const cancel = (): void => {
      if (group === undefined) return;
      signalGroup(group, 'SIGINT');
      timers.push(
        setTimeout(() => signalGroup(group, 'SIGTERM'), spec.ladder.terminateAfter),
        setTimeout(() => signalGroup(group, 'SIGKILL'), spec.ladder.killAfter),
      );
    };
    let ended = false;
    const end = (exitCode: number): void => {
      if (ended) return;
      ended = true;
      spec.signal.removeEventListener('abort', cancel);
      for (const timer of timers) clearTimeout(timer);
      for (const flush of flushes) flush();
      if (group !== undefined) spec.groups.settle(group);
      resolve({ exitCode, group });
    };
    child.on('error', (error) => {
      spec.onLine(`${spec.file}: ${error.message}`);
      end(127);
    });
    child.on('exit', (code, signal) => {
      timers.push(setTimeout(() => end(exitCodeOf(code, signal)), streamGrace));
    });
    child.on('close', (code, signal) => end(exitCodeOf(code, signal)));
    spec.signal.addEventListener('abort', cancel, { once: true });
    if (spec.signal.aborted) cancel();
  });
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 137);
}

/**
 * Cuts a stream into lines, so that a value cut by a chunk's end is whole again when it is masked.
 *
 * @returns a function that hands over the last line when it has no line end.
 */
function splitLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): () => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    // .NET's ReadLine ends a line at a lone carriage return too; one at the end may be the first half of a line end.
    const lines = (rest + decoder.write(chunk)).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return () => {
    const last = rest + decoder.end();
    rest = '';
    if (last !== '') onLine(last.replace(/\r$/, ''));
  };
}
