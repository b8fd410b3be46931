import { expect, test } from '@jest/globals';
import { parsePlan } from '#toolkit/terraform/plan-json';
import { driftSteps } from '../src/drift.ts';

const planOf = (more: object) => parsePlan(JSON.stringify({ format_version: '1.2', ...more }));
const output = (action: string) => ({ actions: [action], before: 1, after: 2 });

test('what only terraform reckoned again is no step', () => {
  expect(driftSteps(planOf({}))).toEqual([]);
  expect(driftSteps(planOf({ output_changes: { size: output('no-op') } }))).toEqual([]);
});

test('outputs that changed are one step, by name', () => {
  const plan = planOf({ output_changes: { size: output('update'), host: output('create'), same: output('no-op') } });
  expect(driftSteps(plan)).toEqual([{ action: 'accept', target: 'outputs', reason: 'values changed: host, size' }]);
});
