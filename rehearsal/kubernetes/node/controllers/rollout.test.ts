import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundsOf, nextSizes, recreateSizes, type Share } from './rollout.ts';

const ready = (size: number): Share => ({ size, available: size });

describe('bounds', () => {
  test.each([
    [{}, 4, { surge: 1, unavailable: 1 }],
    [{ rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }, 3, { surge: 1, unavailable: 0 }],
    [{ rollingUpdate: { maxSurge: 0, maxUnavailable: '10%' } }, 3, { surge: 0, unavailable: 1 }],
    [{ rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } }, 10, { surge: 2, unavailable: 0 }],
  ])('%j of %i', (strategy, replicas, bounds) => {
    expect(boundsOf(strategy, replicas)).toEqual(bounds);
  });
});

describe('steps', () => {
  test('a first rollout starts everything at once', () => {
    expect(nextSizes(3, { surge: 1, unavailable: 0 }, ready(0), [])).toEqual({ current: 3, old: [] });
  });

  test('with surge 1 one new pod comes, and an old one goes only when it is available', () => {
    const bounds = { surge: 1, unavailable: 0 };
    expect(nextSizes(3, bounds, ready(0), [ready(3)])).toEqual({ current: 1, old: [3] });
    expect(nextSizes(3, bounds, { size: 1, available: 0 }, [ready(3)])).toEqual({ current: 1, old: [3] });
    expect(nextSizes(3, bounds, ready(1), [ready(3)])).toEqual({ current: 1, old: [2] });
  });

  test('old pods that are not available go first', () => {
    const old = [{ size: 2, available: 0 }, ready(2)];
    expect(nextSizes(3, { surge: 1, unavailable: 1 }, { size: 1, available: 0 }, old).old).toEqual([0, 2]);
  });

  test('a smaller wish shrinks the new set', () => {
    expect(nextSizes(2, { surge: 1, unavailable: 0 }, ready(5), [])).toEqual({ current: 2, old: [] });
  });

  test('Recreate waits for the last old pod', () => {
    expect(recreateSizes(2, 1, [ready(2)])).toEqual({ current: 0, old: [0] });
    expect(recreateSizes(2, 0, [ready(0)])).toEqual({ current: 2, old: [0] });
  });
});

test('property: a rolling update stays within its bounds and ends', () => {
  const input = fc.record({
    desired: fc.integer({ min: 1, max: 20 }),
    surge: fc.integer({ min: 0, max: 5 }),
    unavailable: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(input, ({ desired, surge, unavailable }) => {
      const bounds = boundsOf({ rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } }, desired);
      let current = 0;
      let old = desired;
      for (let step = 0; step < 200 && (current !== desired || old !== 0); step += 1) {
        const next = nextSizes(desired, bounds, ready(current), [ready(old)]);
        current = next.current;
        old = next.old[0] ?? 0;
        expect(current + old).toBeLessThanOrEqual(desired + bounds.surge);
        // What was just started is not available yet.
        const available = Math.min(current, next.current) + old;
        expect(available).toBeGreaterThanOrEqual(desired - bounds.unavailable);
      }
      expect([current, old]).toEqual([desired, 0]);
    }),
  );
});
