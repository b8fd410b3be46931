/** What GitHub answers when it refuses, and whether that passes by itself. */
import type { Failure } from '../process/transient.ts';

/** A refusal, or an answer that never came. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** Of the connection: `ECONNRESET`. */
  readonly code: string | undefined;
  /** GitHub said when to come back. */
  readonly retryAfterMilliseconds: number | undefined;

  constructor(message: string, facts: { status?: number; code?: string; retryAfterMilliseconds?: number }) {
    super(message);
    this.status = facts.status;
    this.code = facts.code;
    this.retryAfterMilliseconds = facts.retryAfterMilliseconds;
  }
}

/** The part of an answer that tells why. */
export interface Refusal {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** JSON, or whatever a proxy put in its place. */
  body: string;
}

/**
 * The error of an answer. A rate limit has status 403 or 429, is told from a missing permission by a header or by its
 * message, and does not always say when to come back
 * (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit); it becomes 429.
 *
 * @param now milliseconds since the epoch: the end of a primary limit is told as a time
 */
export function errorOfRefusal({ status, headers, body }: Refusal, now: number): GitHubError {
  const message = messageOf(body) ?? `GitHub answered ${status}`;
  const seconds = (name: string): number | undefined => {
    const value = Number.parseInt(String(headers[name] ?? ''), 10);
    return Number.isNaN(value) ? undefined : value;
  };
  const after = seconds('retry-after');
  const usedUp = seconds('x-ratelimit-remaining') === 0;
  const limited = status === 429 || (status === 403 && (after !== undefined || usedUp || /rate limit/i.test(message)));
  if (!limited) return new GitHubError(message, { status });
  const reset = usedUp ? seconds('x-ratelimit-reset') : undefined;
  const wait = after !== undefined ? after * 1000 : reset !== undefined ? Math.max(0, reset * 1000 - now) : undefined;
  return new GitHubError(message, { status: 429, ...(wait === undefined ? {} : { retryAfterMilliseconds: wait }) });
}

/** GitHub's message with the messages of what it found wrong. */
function messageOf(body: string): string | undefined {
  try {
    const { message, errors = [] } = JSON.parse(body) as { message?: string; errors?: { message?: string }[] };
    const more = errors.flatMap((error) => (error.message === undefined ? [] : [error.message]));
    return message === undefined ? undefined : [message, ...more].join(': ');
  } catch {
    return undefined;
  }
}

/** The error of a call that had no answer. */
export function errorOfNetwork(error: unknown): GitHubError {
  const { code, message } = error as NodeJS.ErrnoException;
  // The client's own time limit comes without a code.
  const known = code ?? (/timeout/i.test(message) ? 'ETIMEDOUT' : undefined);
  return new GitHubError(`GitHub could not be reached: ${message}`, known === undefined ? {} : { code: known });
}

/** What the table of transient faults looks at. */
export function failureOf(error: unknown): Failure & { retryAfterMilliseconds?: number } {
  if (!(error instanceof GitHubError)) return {};
  const { status, code, retryAfterMilliseconds } = error;
  return {
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
  };
}
