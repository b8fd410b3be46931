import type { Log } from '../log.ts';
import { type Clock, formatElapsed } from './clock.ts';
import { type Failure, transientFault } from './transient.ts';

/** What a retry needs from outside, and its bounds. */
export interface RetryOptions {
  /** The call, as the log names it: `approve the connection`. */
  what: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** Tries in all, the first one included. */
  attempts?: number;
  /** Reads what `transientFault` needs out of a thrown value. */
  failureOf: (error: unknown) => Failure & { retryAfterMilliseconds?: number };
  /** Numbers in [0, 1); `Math.random` when absent. */
  random?: () => number;
}

const FIRST_DELAY_MILLISECONDS = 1000;
const LONGEST_DELAY_MILLISECONDS = 30_000;

/**
 * Exponential back-off with full jitter, so that many jobs that were throttled together do not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter). A server's own Retry-After is obeyed, but
 * never for longer than the longest delay.
 */
export function retryDelay(attempt: number, retryAfterMilliseconds: number | undefined, random: () => number): number {
  if (retryAfterMilliseconds !== undefined) return Math.min(retryAfterMilliseconds, LONGEST_DELAY_MILLISECONDS);
  const ceiling = Math.min(FIRST_DELAY_MILLISECONDS * 2 ** (attempt - 1), LONGEST_DELAY_MILLISECONDS);
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** Calls until it succeeds, fails with something that is not transient, or the tries are used up. */
export async function retry<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const attempts = options.attempts ?? 6;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      options.signal.throwIfAborted();
      const failure = options.failureOf(error);
      const fault = transientFault(failure);
      if (fault === undefined || attempt >= attempts) throw error;
      const wait = retryDelay(attempt, failure.retryAfterMilliseconds, options.random ?? Math.random);
      options.log.info(
        `${options.what}: ${fault.name}; attempt ${attempt + 1} of ${attempts} in ${formatElapsed(wait)}`,
      );
      await options.clock.sleep(wait, options.signal);
    }
  }
}
