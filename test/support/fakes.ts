/** Test doubles of the ports that everything takes: a clock that takes no time, a log that remembers. */
import type { Log } from '#toolkit/log';
import type { Clock } from '#toolkit/process/clock';

/** A clock that moves only when somebody sleeps. */
export function fakeClock(): Clock & { slept: number[] } {
  let time = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => time,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      time += milliseconds;
    },
  };
}

/** A log that keeps every line, with its level in front. */
export function recordingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (message: string): void => {
      lines.push(`${level}: ${message}`);
    };
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    notice: at('notice'),
    warning: at('warning'),
    error: at('error'),
    async group(title, body) {
      lines.push(`group: ${title}`);
      return body();
    },
  };
}

/** A signal that is never aborted. */
export const neverAborted = new AbortController().signal;
