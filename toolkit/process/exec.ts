import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import * as actionsExec from '@actions/exec';
import { CommandError, TimedOut } from '../errors.ts';
import type { Secrets } from '../secrets.ts';
import { formatElapsed } from './clock.ts';

/** A command to run. The argument list goes to the program as it is; there is no shell. */
export interface ExecRequest {
  command: string;
  args: readonly string[];
  cwd?: string;
  /** The whole environment of the child; the process's own when absent. */
  env?: Record<string, string>;
  /** Written to standard input, which is then closed. */
  stdin?: string;
  /** In place of `stdin`: what is known only when the child runs already. When it comes to nothing the child is ended. */
  laterStdin?: Promise<string>;
  /** Called with every full line as it comes, without the line end. */
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /** Exit codes that are answers, not failures. Only 0 when absent. */
  expectedExitCodes?: readonly number[];
  /** Ends the child with SIGTERM after so long, and fails with `TimedOut`. */
  timeoutMilliseconds?: number;
  /** When the job is cancelled the child gets SIGINT and is waited for; no SIGTERM follows, which it would take as "at once". */
  interruptOnce?: boolean;
}

/** What a command printed and how it ended. */
export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a command to its end.
 *
 * @throws CommandError when the exit code is not expected; `Cancelled` when the job was cancelled meanwhile;
 *   `TimedOut` when the time ran out
 */
export type Exec = (request: ExecRequest) => Promise<ExecResult>;

/** How long a child may take to clean up after SIGINT before it gets SIGTERM. */
const INTERRUPT_GRACE_MILLISECONDS = 6000;

/** One call, and the child that it started. */
interface Call {
  signal: AbortSignal;
  child?: ChildProcess;
  laterStdin?: Promise<string>;
}

/**
 * @actions/exec gives no handle on the process that it starts, and without one a cancelled job would leave terraform
 * holding its lock. Node publishes every new child on a diagnostics channel; the async context tells which call it is of.
 */
const startedBy = new AsyncLocalStorage<Call>();
subscribe('child_process', (message) => {
  const call = startedBy.getStore();
  if (call === undefined) return;
  const { process: child } = message as { process: ChildProcess };
  call.child = child;
  // A child may end without reading its input (EPIPE). How it ended is told by its exit code.
  child.once('spawn', () => child.stdin?.on('error', () => {}));
  // The abort may have come while @actions/exec was still looking for the program.
  child.once('spawn', () => {
    if (call.signal.aborted) child.kill('SIGINT');
  });
  child.once('spawn', () =>
    call.laterStdin?.then(
      (text) => child.stdin?.end(text),
      () => child.kill('SIGTERM'),
    ),
  );
});

/**
 * The real `Exec`, over @actions/exec. An aborted signal reaches the child as SIGINT, once, and, unless the request says
 * otherwise, as SIGTERM when the child has not ended in the grace time.
 */
export function createExec(secrets: Secrets, signal: AbortSignal): Exec {
  return async (request) => {
    signal.throwIfAborted();
    const call: Call = { signal, ...(request.laterStdin === undefined ? {} : { laterStdin: request.laterStdin }) };
    let timedOut = false;
    let escalation: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      call.child?.kill('SIGINT');
      if (request.interruptOnce) return;
      escalation = setTimeout(() => call.child?.kill('SIGTERM'), INTERRUPT_GRACE_MILLISECONDS);
    };
    signal.addEventListener('abort', interrupt, { once: true });
    const limit = request.timeoutMilliseconds;
    const timer =
      limit === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            call.child?.kill('SIGTERM');
          }, limit);
    try {
      const result = await startedBy.run(call, () => run(request));
      signal.throwIfAborted();
      if (timedOut) throw new TimedOut(`${request.command} did not end within ${formatElapsed(limit ?? 0)}.`);
      if (!(request.expectedExitCodes ?? [0]).includes(result.exitCode)) {
        throw new CommandError(request.command, result.exitCode, secrets.redact(result.stderr));
      }
      return result;
    } finally {
      signal.removeEventListener('abort', interrupt);
      clearTimeout(timer);
      clearTimeout(escalation);
    }
  };
}

/** One call of @actions/exec, silent: what the child prints is the caller's to show. */
async function run(request: ExecRequest): Promise<ExecResult> {
  const stdout = lineReader(request.onStdout);
  const stderr = lineReader(request.onStderr);
  const exitCode = await actionsExec.exec(`"${request.command}"`, [...request.args], {
    silent: true,
    ignoreReturnCode: true,
    listeners: { stdout: stdout.add, stderr: stderr.add },
    ...(request.laterStdin === undefined ? { input: Buffer.from(request.stdin ?? '') } : {}),
    ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
    ...(request.env === undefined ? {} : { env: request.env }),
  });
  return { exitCode, stdout: stdout.end(), stderr: stderr.end() };
}

/** Collects a stream and hands on its lines; a character cut between two chunks is put together first. */
function lineReader(onLine: ((line: string) => void) | undefined): { add: (chunk: Buffer) => void; end: () => string } {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let rest = '';
  const take = (text: string): void => {
    parts.push(text);
    if (onLine === undefined) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  };
  return {
    add: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end() {
      take(decoder.decode());
      if (rest !== '') onLine?.(rest);
      return parts.join('');
    },
  };
}
