/**
 * The error taxonomy of the toolkit. Every action ends in one of three ways: done, the user's mistake (`UserError`), or a
 * failure with a cause. A cancelled job is a failure whose cause is `Cancelled`.
 */

/** A part of an error that belongs to a place in a file of the repository. Lines count from 1. */
export interface Annotation {
  message: string;
  file?: string | undefined;
  line?: number | undefined;
}

/** A mistake that the person who wrote the workflow or the environment file can mend. The message is one clear sentence that says how. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** The message in parts, each at its place; empty when it is one and has none. */
  readonly annotations: readonly Annotation[];

  constructor(message: string, annotations: readonly Annotation[] = []) {
    super(message);
    this.annotations = annotations;
  }
}

/** The job was cancelled (SIGINT or SIGTERM); what was under way has been told to stop. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';

  constructor(signal: string) {
    super(`Stopped: the job was cancelled (${signal}). Run it again: it goes on where it stopped.`);
  }
}

/** A wait that ran out; the message says what was awaited, for how long, and what was seen last. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

/** A command that ended with an exit code other than the ones expected. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** The program, without its arguments: arguments may be long and are not for a headline. */
  readonly command: string;
  readonly exitCode: number;
  /** All of standard error, redacted. */
  readonly stderr: string;

  constructor(command: string, exitCode: number, stderr: string) {
    super(`${command} ended with exit code ${exitCode}${lastLines(stderr)}`);
    this.command = command;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** The last lines of standard error as the tail of a sentence, or a full stop when there are none. */
function lastLines(stderr: string): string {
  const lines = stderr.trim().split('\n').filter(Boolean).slice(-3);
  return lines.length === 0 ? '.' : `: ${lines.join(' | ')}`;
}

/** The message of anything that was thrown, with the messages of its causes. */
export function errorMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map(errorMessage).join(' ');
  if ((thrown as NodeJS.ErrnoException).code === 'ENOSPC')
    return `The runner's disk is full, so nothing more could be written. Free some room on it, or use a larger runner, and run again. (${thrown.message})`;
  if (thrown.cause === undefined) return thrown.message;
  const cause = errorMessage(thrown.cause);
  return thrown.message.includes(cause) ? thrown.message : `${thrown.message} (${cause})`;
}
