/** What tests of this folder share: a log that remembers and the context of a job. */
import type { Log } from '../log.ts';
import { systemClock } from '../process/clock.ts';
import { createSecrets, type Secrets } from '../secrets.ts';
import type { AzureContext } from './connect.ts';

/** A log that keeps its lines. */
export function recordingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const add = (message: string): void => void lines.push(message);
  return {
    lines,
    debug: add,
    info: add,
    notice: add,
    warning: add,
    error: add,
    group: (_, body) => body(),
  };
}

/** A job's context whose secrets remember what was masked. */
export function testContext(
  inputs: AzureContext['inputs'],
  environment: Record<string, string>,
  signal: AbortSignal = new AbortController().signal,
): AzureContext & { log: ReturnType<typeof recordingLog>; masked: string[]; secrets: Secrets } {
  const masked: string[] = [];
  return {
    inputs,
    environment: { GITHUB_ACTIONS: 'true', ...environment },
    secrets: createSecrets((value) => masked.push(value)),
    clock: systemClock,
    log: recordingLog(),
    signal,
    masked,
  };
}
