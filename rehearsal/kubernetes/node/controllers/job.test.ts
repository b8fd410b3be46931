import { expect, test } from '@jest/globals';
import type { JobSpec } from '../objects.ts';
import { decide, type Tally } from './job.ts';

const start = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
const spec = (more: Partial<JobSpec> = {}): JobSpec => ({ template: { spec: { containers: [] } }, ...more });
const tally = (more: Partial<Tally> = {}): Tally => ({ active: 0, succeeded: 0, failed: 0, restarts: 0, ...more });

test('starts one pod, then waits for it', () => {
  expect(decide(spec(), tally(), start, start)).toEqual({ kind: 'create', pods: 1 });
  expect(decide(spec(), tally({ active: 1 }), start, start)).toEqual({ kind: 'wait' });
});

test('several completions run side by side up to the parallelism', () => {
  const many = spec({ completions: 5, parallelism: 2 });
  expect(decide(many, tally(), start, start)).toEqual({ kind: 'create', pods: 2 });
  expect(decide(many, tally({ succeeded: 4 }), start, start)).toEqual({ kind: 'create', pods: 1 });
  expect(decide(many, tally({ succeeded: 5 }), start, start)).toEqual({ kind: 'complete' });
});

test('a retry waits longer after each failure', () => {
  const failed = (count: number) => decide(spec(), tally({ failed: count, lastFailure: start }), start, start);
  expect([1, 2, 3, 6].map(failed)).toEqual(
    [1000, 2000, 4000, 10_000].map((milliseconds) => ({ kind: 'wait', milliseconds })),
  );
  expect(decide(spec(), tally({ failed: 1, lastFailure: start }), start, later(1))).toEqual({
    kind: 'create',
    pods: 1,
  });
});

test('more failures than backoffLimit end it; backoffLimit 0 allows none', () => {
  expect(decide(spec({ backoffLimit: 0 }), tally({ failed: 1 }), start, start)).toMatchObject({
    reason: 'BackoffLimitExceeded',
  });
  expect(decide(spec(), tally({ failed: 6, lastFailure: start }), start, start).kind).toBe('wait');
  expect(decide(spec(), tally({ failed: 7 }), start, start).kind).toBe('fail');
});

test('the deadline counts from the start and wakes the controller in time', () => {
  const limited = spec({ activeDeadlineSeconds: 30 });
  expect(decide(limited, tally({ active: 1 }), start, later(10))).toEqual({ kind: 'wait', milliseconds: 20_000 });
  expect(decide(limited, tally({ active: 1 }), start, later(30))).toMatchObject({
    kind: 'fail',
    reason: 'DeadlineExceeded',
  });
});
