/** Time as the node half uses it, passed in so that reconciling can be tested at any moment. */

/** The present and one-shot timers. */
export interface Clock {
  now(): Date;
  /** Calls back after some milliseconds; returns the canceller. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** RFC 3339 in whole seconds, as Kubernetes status fields carry it. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
