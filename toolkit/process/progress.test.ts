import { describe, expect, test } from '@jest/globals';
import { fakeClock, neverAborted, recordingLog } from '../../test/support/fakes.ts';
import { TimedOut } from '../errors.ts';
import { formatElapsed } from './clock.ts';
import { waitFor } from './progress.ts';

describe('waiting', () => {
  test('says every five seconds what there is so far', async () => {
    const [clock, log] = [fakeClock(), recordingLog()];
    let ready = 0;
    const result = await waitFor({
      what: '12 pods',
      clock,
      log,
      signal: neverAborted,
      timeoutMilliseconds: 60_000,
      look: async () => {
        ready += 1;
        return ready > 12 ? { done: 'all' } : { seen: `${ready} of 12 ready` };
      },
    });
    expect(result).toBe('all');
    expect(log.lines).toEqual([
      'info: Waiting for 12 pods: 6 of 12 ready (5 s)',
      'info: Waiting for 12 pods: 11 of 12 ready (10 s)',
    ]);
  });

  test('runs out with what was seen last', async () => {
    const [clock, log] = [fakeClock(), recordingLog()];
    const waiting = waitFor({
      what: 'a connection',
      clock,
      log,
      signal: neverAborted,
      timeoutMilliseconds: 125_000,
      look: async () => ({ seen: 'none yet' }),
    });
    await expect(waiting).rejects.toThrow(new TimedOut('Waited 2 min 5 s for a connection, in vain: none yet.'));
  });

  test('looks often at first, and then at the interval', async () => {
    const clock = fakeClock();
    const looks: number[] = [];
    await waitFor({
      what: 'it',
      clock,
      log: recordingLog(),
      signal: neverAborted,
      timeoutMilliseconds: 60_000,
      firstIntervalMilliseconds: 1000,
      intervalMilliseconds: 10_000,
      look: async () => (looks.push(clock.now()) === 7 ? { done: true } : { seen: 'not yet' }),
    });
    expect(looks.map((at) => at - (looks[0] ?? 0))).toEqual([0, 1000, 3000, 7000, 15_000, 25_000, 35_000]);
  });

  test('looks once more at the very end', async () => {
    const clock = fakeClock();
    const waiting = waitFor({
      what: 'it',
      clock,
      log: recordingLog(),
      signal: neverAborted,
      timeoutMilliseconds: 2500,
      look: async () => (clock.now() >= 2500 ? { done: clock.now() } : { seen: 'not yet' }),
    });
    await expect(waiting).resolves.toBe(2500);
  });

  test('ends at once when the job is cancelled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('cancelled'));
    const waiting = waitFor({
      what: 'it',
      clock: fakeClock(),
      log: recordingLog(),
      signal: controller.signal,
      timeoutMilliseconds: 1000,
      look: async () => ({ seen: '' }),
    });
    await expect(waiting).rejects.toThrow('cancelled');
  });
});

test.each([
  [400, '0 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [125_000, '2 min 5 s'],
  [3_600_000, '1 h'],
  [3_780_000, '1 h 3 min'],
])('%d ms reads as %s', (milliseconds, text) => {
  expect(formatElapsed(milliseconds)).toBe(text);
});
