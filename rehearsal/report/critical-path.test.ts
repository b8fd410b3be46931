import { expect, test } from '@jest/globals';
import { criticalPath, pathInWords, runnerTime } from './critical-path.ts';
import type { Phase } from './report.ts';

const phase = (name: string, startedAfter: number | undefined, seconds: number, needs: string[] = []): Phase => ({
  name,
  status: startedAfter === undefined ? 'skipped' : 'succeeded',
  outcome: 'applied',
  seconds,
  ...(startedAfter === undefined ? {} : { startedAfter }),
  needs,
  steps: [],
  outputs: {},
  summaries: [],
  annotations: [],
});

const run = [
  phase('plan', 0, 4),
  phase('infra', 4, 2, ['plan']),
  phase('image', 6, 90, ['infra']),
  phase('redis', 6, 30, ['infra']),
  phase('services', 99, 3, ['infra', 'image', 'redis']),
  phase('smoke', undefined, 0, ['services']),
];

test('is the way of the phases that were waited for, with what was waited for nothing', () => {
  expect(criticalPath(run)).toEqual([
    { name: 'plan', seconds: 4, waited: 0 },
    { name: 'infra', seconds: 2, waited: 0 },
    { name: 'image', seconds: 90, waited: 0 },
    { name: 'services', seconds: 3, waited: 3 },
  ]);
  expect(pathInWords(criticalPath(run).slice(2))).toBe(
    'image 90.0 s > services 3.0 s (began 3.0 s after what it needs)',
  );
});

test('of a run that did nothing is empty', () => {
  expect(criticalPath([phase('plan', undefined, 0)])).toEqual([]);
});

test('every job that ran takes a minute at least', () => {
  expect(runnerTime(run)).toEqual({ jobs: 5, seconds: 129, billedMinutes: 6 });
});
