import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fakeClock, neverAborted, recordingLog } from '../../test/support/fakes.ts';
import { retry, retryDelay } from './retry.ts';
import type { Failure } from './transient.ts';

class Answer extends Error {
  readonly failure: Failure & { retryAfterMilliseconds?: number };
  constructor(failure: Failure & { retryAfterMilliseconds?: number }) {
    super(JSON.stringify(failure));
    this.failure = failure;
  }
}

function setting(failures: (Failure & { retryAfterMilliseconds?: number })[]) {
  const clock = fakeClock();
  const log = recordingLog();
  let calls = 0;
  const call = async (): Promise<number> => {
    const failure = failures[calls];
    calls += 1;
    if (failure !== undefined) throw new Answer(failure);
    return calls;
  };
  const options = {
    what: 'ask',
    clock,
    log,
    signal: neverAborted,
    random: () => 0.5,
    failureOf: (error: unknown) => (error as Answer).failure,
  };
  return { clock, log, call, options, calls: () => calls };
}

describe('retry', () => {
  test('tries again after named faults, and says which and when', async () => {
    const { call, options, log } = setting([{ status: 503 }, { code: 'AnotherOperationInProgress' }]);
    await expect(retry(call, options)).resolves.toBe(3);
    expect(log.lines).toEqual([
      'info: ask: server error; attempt 2 of 6 in 1 s',
      'info: ask: another operation in progress; attempt 3 of 6 in 2 s',
    ]);
  });

  test('does what the server asks, but not for an hour', async () => {
    const { call, options, clock } = setting([
      { status: 429, retryAfterMilliseconds: 7000 },
      { status: 429, retryAfterMilliseconds: 3_600_000 },
    ]);
    await retry(call, options);
    expect(clock.slept).toEqual([7000, 30_000]);
  });

  test('fails at once with anything else', async () => {
    const { call, options, calls } = setting([{ status: 403 }]);
    await expect(retry(call, options)).rejects.toBeInstanceOf(Answer);
    expect(calls()).toBe(1);
  });

  test('gives up after its tries, with the last cause', async () => {
    const { call, options, calls } = setting(Array.from({ length: 9 }, () => ({ status: 500 })));
    await expect(retry(call, { ...options, attempts: 3 })).rejects.toBeInstanceOf(Answer);
    expect(calls()).toBe(3);
  });

  test('a cancelled job ends it with the reason of the cancellation', async () => {
    const controller = new AbortController();
    const { options } = setting([]);
    const call = async (): Promise<never> => {
      controller.abort(new Error('cancelled'));
      throw new Answer({ status: 500 });
    };
    await expect(retry(call, { ...options, signal: controller.signal })).rejects.toThrow('cancelled');
  });

  test('a delay is never longer than half a minute nor shorter than half of its ceiling', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const delay = retryDelay(attempt, undefined, () => random);
          expect(delay).toBeLessThanOrEqual(30_000);
          expect(delay).toBeGreaterThanOrEqual(500);
        },
      ),
    );
  });
});
