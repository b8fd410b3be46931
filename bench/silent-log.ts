import type { Log } from '#toolkit/log';

/** Says nothing. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  notice: () => {},
  warning: () => {},
  error: () => {},
  group: (_, body) => body(),
};
