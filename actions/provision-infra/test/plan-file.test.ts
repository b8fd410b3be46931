import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FailureReason, Refused } from '../src/failure.ts';
import type { Binding } from '../src/fingerprint.ts';
import { openPlan, sealPlan } from '../src/plan-file.ts';
import type { ReviewedPlan } from '../src/reviewed-plan.ts';
import { planOf, resource } from './plans.ts';

const KEY = '6Jf3dQm1x8Zr2LkV0pYtWcN7uBgH5sEa9oXiTqRy4Mz=';
const NOW = Date.parse('2026-11-24T12:00:00Z');
const WEEK = 7 * 24 * 3_600_000;
const binding: Binding = {
  repository: 'example/moodle',
  commit: 'c0ffee',
  workflow: 'example/moodle/.github/workflows/deploy.yml@refs/heads/main',
  environment: 'production',
  root: 'infra',
  run: '42',
  state: 'abc',
};
const reviewed: ReviewedPlan = {
  fingerprint: 'f',
  changes: planOf([resource('a', { actions: ['create'], after: { password: 'hush-4711-hush' } })]),
  makers: { product: 'terraform', version: '1', providers: {}, lockFile: '', options: [], refreshOnly: false },
  inputs: { variables: {}, files: '' },
  provisional: [],
};
const planFile = randomBytes(5000);
const sealed = sealPlan({ reviewed, planFile }, KEY, binding, new Date(NOW));

const open = (file: Buffer, more: { key?: string; binding?: Binding; now?: number } = {}) =>
  openPlan(file, 'x.plan', { key: KEY, binding, now: NOW, expiryMilliseconds: WEEK, ...more });

/** The refusal of a file. */
function refusal(...args: Parameters<typeof open>): Refused {
  try {
    open(...args);
  } catch (error) {
    return error as Refused;
  }
  throw new Error('The file was opened.');
}

test('what was sealed is opened, whole', () => {
  const opened = open(sealed);
  expect(opened.planFile.equals(planFile)).toBe(true);
  expect(opened.reviewed).toEqual(reviewed);
});

test('nothing of it can be read without the key, and two files of one plan share nothing', () => {
  expect(sealed.includes('hush')).toBe(false);
  expect(sealed.includes(planFile.subarray(0, 16))).toBe(false);
  const again = sealPlan({ reviewed, planFile }, KEY, binding, new Date(NOW));
  expect(again.subarray(-1000).equals(sealed.subarray(-1000))).toBe(false);
});

test('no byte can be changed: every change is refused', () => {
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(sealed);
      changed.writeUInt8((changed.readUInt8(at) + by) % 256, at);
      expect(refusal(changed).reason).toMatch(/^plan-(tampered|truncated|wrong-key)$/);
    }),
    { numRuns: 500 },
  );
});

test('it cannot be cut, at any place, nor made longer', () => {
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), (length) =>
      expect(refusal(sealed.subarray(0, length)).reason).toBe('plan-truncated'),
    ),
  );
  expect(refusal(Buffer.concat([sealed, Buffer.from('x')])).reason).toBe('plan-tampered');
});

describe('is refused by its own name and sentence', () => {
  const end = sealed.indexOf('\n', 30) + 1;
  const head = JSON.parse(sealed.subarray(sealed.indexOf('\n') + 1, end).toString()) as { binding: Binding };
  const rebound = Buffer.concat([
    Buffer.from('moodle-high-scale plan 1\n'),
    Buffer.from(`${JSON.stringify({ ...head, binding: { ...binding, environment: 'development' } })}\n`),
    sealed.subarray(end),
  ]);
  const elsewhere = (part: keyof Binding) => ({ binding: { ...binding, [part]: 'other' } });
  test.each<[FailureReason, RegExp, Parameters<typeof open>]>([
    ['plan-truncated', /is truncated: 100 of its bytes are missing/, [sealed.subarray(0, -100)]],
    ['plan-tampered', /is not as it was made/, [rebound, { binding: { ...binding, environment: 'development' } }]],
    ['plan-tampered', /is no plan file of this action/, [Buffer.from('PK\u0003\u0004')]],
    ['plan-tampered', /The head of the plan file/, [Buffer.from('moodle-high-scale plan 1\n{"binding": 3}\n')]],
    ['plan-wrong-key', /encrypted with another key/, [sealed, { key: KEY.toLowerCase() }]],
    ['plan-expired', /made 7 d 1 h ago|made 169 h ago/, [sealed, { now: NOW + WEEK + 3_600_000 }]],
    [
      'plan-wrong-repository',
      /made in repository example\/moodle and this is other/,
      [sealed, elsewhere('repository')],
    ],
    ['plan-wrong-commit', /made of commit c0ffee and this is other/, [sealed, elsewhere('commit')]],
    ['plan-wrong-workflow', /made by the workflow example.* and this is other/, [sealed, elsewhere('workflow')]],
    ['plan-wrong-environment', /of environment production and this is other/, [sealed, elsewhere('environment')]],
    ['plan-wrong-root', /of the root infra and this is other/, [sealed, elsewhere('root')]],
    ['plan-foreign-run', /made by workflow run 42 and this is run other/, [sealed, elsewhere('run')]],
    ['plan-wrong-state', /other settings of the backend/, [sealed, elsewhere('state')]],
  ])('%s', (reason, sentence, args) => {
    const error = refusal(...args);
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(sentence);
    expect(error.message).toContain('Nothing was applied');
  });
});
