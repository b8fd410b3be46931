import { expect, test } from '@jest/globals';
import { followBuildSteps } from './build-steps.ts';

test('headings bear the time, and other lines are shown as they are', () => {
  let elapsed = 0;
  const steps = followBuildSteps(() => elapsed);
  expect(steps.see('Downloading source code...')).toBe('Downloading source code...');
  expect(steps.current).toBeUndefined();
  elapsed = 65_000;
  expect(steps.see('Step 3/9 : RUN apt-get update')).toBe('Step 3 of 9 (1 min 5 s): RUN apt-get update');
  expect(steps.current).toBe('step 3 of 9, RUN apt-get update');
});

test('what is kept is the last forty lines of the step at work, and none of those before', () => {
  const steps = followBuildSteps(() => 0);
  steps.see('Step 1/2 : FROM debian');
  steps.see('of the first step');
  steps.see('Step 2/2 : RUN make');
  for (let line = 1; line <= 50; line += 1) steps.see(`line ${line}`);
  expect(steps.said).toHaveLength(40);
  expect([steps.said[0], steps.said.at(-1)]).toEqual(['line 11', 'line 50']);
});
