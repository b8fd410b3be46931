import { TimedOut } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Clock, formatElapsed } from './clock.ts';

/** A person who watches a log is told every so often that something still happens. */
const REPORT_EVERY_MILLISECONDS = 5000;

/** What a wait needs from outside, and its bounds. */
export interface WaitOptions<T> {
  /** What is awaited, as the end of "waiting for …". */
  what: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  timeoutMilliseconds: number;
  intervalMilliseconds?: number;
  /** Pause after the first look; each next one is twice as long, up to the interval. The interval itself when absent. */
  firstIntervalMilliseconds?: number;
  /** Looks once. `done` ends the wait; `seen` says what there is so far, for the progress line and the time-out. */
  look: () => Promise<{ done: T } | { seen: string }>;
}

/**
 * Looks again and again until the thing is there, with a progress line every five seconds.
 *
 * @throws TimedOut with what was seen last
 */
export async function waitFor<T>(options: WaitOptions<T>): Promise<T> {
  const { clock, log, signal } = options;
  const started = clock.now();
  const { intervalMilliseconds = 1000, firstIntervalMilliseconds = intervalMilliseconds } = options;
  let pause = Math.min(firstIntervalMilliseconds, intervalMilliseconds);
  let reported = started;
  for (;;) {
    signal.throwIfAborted();
    const result = await options.look();
    if ('done' in result) return result.done;
    const elapsed = clock.now() - started;
    if (elapsed >= options.timeoutMilliseconds) {
      throw new TimedOut(`Waited ${formatElapsed(elapsed)} for ${options.what}, in vain: ${result.seen}.`);
    }
    if (clock.now() - reported >= REPORT_EVERY_MILLISECONDS) {
      log.info(`Waiting for ${options.what}: ${result.seen} (${formatElapsed(elapsed)})`);
      reported = clock.now();
    }
    await clock.sleep(Math.min(pause, options.timeoutMilliseconds - elapsed), signal);
    pause = Math.min(2 * pause, intervalMilliseconds);
  }
}

/** Runs something long and says every five seconds that it still runs. `status` adds what is known meanwhile. */
export async function withProgress<T>(
  options: { what: string; clock: Clock; log: Log; status?: () => string },
  body: () => Promise<T>,
): Promise<T> {
  const started = options.clock.now();
  const timer = setInterval(() => {
    const status = options.status?.() ?? '';
    const elapsed = formatElapsed(options.clock.now() - started);
    options.log.info(`${options.what}${status === '' ? '' : `: ${status}`} (${elapsed})`);
  }, REPORT_EVERY_MILLISECONDS);
  try {
    return await body();
  } finally {
    clearInterval(timer);
  }
}
