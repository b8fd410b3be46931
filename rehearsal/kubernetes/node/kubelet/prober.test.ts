import { expect, test } from '@jest/globals';
import type { Probe } from '../objects.ts';
import { startProber } from './prober.ts';

/** Time that passes only when told to, with everything due run in order. */
function handClock() {
  let now = 0;
  const timers: { at: number; run: () => void }[] = [];
  return {
    clock: {
      now: () => new Date(now),
      after: (milliseconds: number, run: () => void) => {
        const timer = { at: now + milliseconds, run };
        timers.push(timer);
        return () => {
          timers.splice(timers.indexOf(timer), 1);
        };
      },
    },
    async pass(milliseconds: number) {
      const end = now + milliseconds;
      for (;;) {
        timers.sort((a, b) => a.at - b.at);
        const next = timers[0];
        if (next === undefined || next.at > end) {
          break;
        }
        timers.shift();
        now = next.at;
        next.run();
        await new Promise(setImmediate);
      }
      now = end;
    },
  };
}

async function observe(probe: Probe, results: (second: number) => boolean, seconds: number, eager: boolean) {
  const { clock, pass } = handClock();
  const seen: string[] = [];
  const at = () => clock.now().getTime() / 1000;
  const stop = startProber(
    probe,
    async () => ({ ok: results(at()), message: 'no' }),
    { verdict: (ok) => seen.push(`${ok ? 'up' : 'down'} ${at()}`), failed: () => seen.push(`failed ${at()}`) },
    { clock, eager },
  );
  await pass(seconds * 1000);
  stop();
  return seen;
}

test('gives up after failureThreshold periods, not sooner for looking often', async () => {
  const probe = { periodSeconds: 2, failureThreshold: 3 };
  const seen = await observe(probe, () => false, 7, true);
  expect(seen.map((line) => line.split('.')[0])).toEqual(['failed 0', 'failed 2', 'failed 4', 'down 4', 'failed 6']);
});

test('an eager prober sees the first success at once; a patient one at its period', async () => {
  const probe = { periodSeconds: 10 };
  expect((await observe(probe, (second) => second >= 1, 20, true))[1]).toMatch(/^up 1/);
  expect((await observe(probe, (second) => second >= 1, 20, false))[1]).toBe('up 10');
});

test('initialDelaySeconds is waited for', async () => {
  expect(await observe({ initialDelaySeconds: 5, periodSeconds: 10 }, () => true, 6, true)).toEqual(['up 5']);
});

test('after success it looks once a period, and one success in between forgives failures', async () => {
  const bad = new Set([10, 11, 13, 14, 15]);
  const probe = { periodSeconds: 1, failureThreshold: 3 };
  const seen = await observe(probe, (second) => !bad.has(second), 17, true);
  expect(seen).toEqual([
    'up 0',
    'failed 10',
    'failed 11',
    'up 12',
    'failed 13',
    'failed 14',
    'failed 15',
    'down 15',
    'up 16',
  ]);
});
