import { expect, test } from '@jest/globals';
import { fingerprintOf } from './fingerprint.ts';

const steps = [{ action: 'update', target: 'Deployment/moodle-web', reason: 'image' }];

test('is one text for one plan, whatever the order of keys', () => {
  const reordered = [{ reason: 'image', target: 'Deployment/moodle-web', action: 'update' }];
  expect(fingerprintOf(steps, { a: 1, b: 2 })).toBe(fingerprintOf(reordered, { b: 2, a: 1 }));
  expect(fingerprintOf(steps)).toMatch(/^[0-9a-f]{64}$/);
});

test('differs when a step, their order, or what they write differs', () => {
  const all = [
    fingerprintOf(steps),
    fingerprintOf([]),
    fingerprintOf([...steps, ...steps]),
    fingerprintOf([{ action: 'update', target: 'Deployment/moodle-web', reason: 'other' }]),
    fingerprintOf(steps, { image: 'a' }),
    fingerprintOf(steps, { image: 'b' }),
  ];
  expect(new Set(all).size).toBe(all.length);
});
