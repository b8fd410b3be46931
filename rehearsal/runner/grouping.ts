import type { GroupRequest } from './concurrency.ts';
import type { Scope } from './expressions.ts';
import type { Outcome } from './instance.ts';
import { follow, type RunState } from './run-state.ts';
import { literal, resolve, type Token } from './tokens.ts';
import { isMapping, toText } from './values.ts';

/** Who asks for a group. */
export interface Place {
  readonly name: string;
  /** Groups that a caller holds while this waits. */
  readonly held: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Does `work` inside the concurrency group of a `concurrency` key, or at once when there is none. `work` gets a signal
 * that is aborted also when a newer member of the group cancels this one.
 *
 * @throws Error when a caller holds the same group: GitHub would wait for ever, or cancel the run by itself.
 */
export async function inGroup(
  run: RunState,
  token: Token | undefined,
  scope: Scope,
  place: Place,
  work: (signal: AbortSignal, held: readonly string[]) => Promise<Outcome>,
): Promise<Outcome> {
  if (token === undefined) return work(place.signal, place.held);
  const request = readConcurrency(token, scope);
  const key = request.group.toLowerCase();
  if (place.held.includes(key))
    throw new Error(
      `concurrency group '${request.group}' is already held by a caller of '${place.name}'; it would wait for itself`,
    );
  const controller = follow(place.signal);
  run.emit({ type: 'job-queued', job: place.name, group: request.group });
  const leave = await run.groups.enter(request, () => controller.abort(), controller.signal);
  if (leave === undefined) return { result: 'cancelled', outputs: {} };
  try {
    return await work(controller.signal, [...place.held, key]);
  } finally {
    leave();
  }
}

/** Reads a `concurrency` key: a group name, or a mapping with its options. */
export function readConcurrency(token: Token, scope: Scope): GroupRequest {
  const value = resolve(token, scope);
  const group = isMapping(value) ? toText(value.group) : toText(value);
  if (group === '') throw new Error('concurrency: the group is empty');
  const cancelInProgress = isMapping(value) && value['cancel-in-progress'] === true;
  const queue = isMapping(value) && value.queue === 'max' ? 'max' : 'single';
  if (queue === 'max' && cancelInProgress)
    throw new Error(
      `concurrency group '${literal(token) ?? group}': queue: max and cancel-in-progress: true exclude each other`,
    );
  return { group, queue, cancelInProgress };
}
