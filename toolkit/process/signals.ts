import { Cancelled } from '../errors.ts';

/** The part of `process` that this module needs. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/**
 * One abort signal for the whole action. The runner cancels a job with SIGINT, sends SIGTERM 7.5 s later and kills 2.5 s
 * after that (actions/runner, ProcessInvoker.cs), so the first of the two aborts everything that waits.
 *
 * @returns the signal, whose reason is a `Cancelled`, and a function that stops listening
 */
export function cancelOnSignals(source: SignalSource): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const onInterrupt = (): void => controller.abort(new Cancelled('SIGINT'));
  const onTerminate = (): void => controller.abort(new Cancelled('SIGTERM'));
  source.on('SIGINT', onInterrupt);
  source.on('SIGTERM', onTerminate);
  return {
    signal: controller.signal,
    dispose() {
      source.off('SIGINT', onInterrupt);
      source.off('SIGTERM', onTerminate);
    },
  };
}
