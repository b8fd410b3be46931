/** What `scale.yml` says of inputs that do not fit together, by its own script, before anything is asked or done. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

interface Workflow {
  jobs: Record<string, { permissions: object; environment?: string; steps: { run: string }[] }>;
}
const file = resolve(import.meta.dirname, '../.github/workflows/scale.yml');
const { check } = (parse(readFileSync(file, 'utf8')) as Workflow).jobs;
const script = check?.steps[0]?.run ?? '';

/** As GitHub runs a step with `shell` unset on Linux. */
function look(given: { to: string; users?: string; start?: string; end?: string }): string {
  const env = {
    PATH: process.env.PATH,
    TO: given.to,
    USERS: given.users ?? '0',
    START: given.start ?? '',
    END: given.end ?? '',
  };
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-e', '-c', script], { env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: stdout === '' ? 0 : 1, stderr: '' });
  return stdout.trim();
}

const inHours = (hours: number): string => `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 19)}Z`;

test('it signs in to nothing', () => {
  expect(check).toMatchObject({ permissions: {} });
  expect(check?.environment).toBeUndefined();
});

test.each([
  [{ to: 'normal' }],
  [{ to: 'exam' }],
  [{ to: 'users', users: '0' }],
  [{ to: 'users', users: '100' }],
  [{ to: 'users', users: '1000000' }],
  [{ to: 'exam', start: inHours(2), end: inHours(5) }],
  [{ to: 'exam', start: inHours(-1), end: inHours(1) }],
  [{ to: 'exam', start: inHours(24 * 299), end: inHours(24 * 300) }],
  [{ to: 'exam', start: inHours(2).replace('Z', '+00:00'), end: inHours(2).replace('Z', '-03:00') }],
])('%j is fine', (given) => {
  expect(look(given)).toBe('');
});

const tomorrow = inHours(24);
test.each([
  [{ to: 'more' }, 'Input "to" must be users, exam or normal; it is "more".'],
  [{ to: 'exam', users: '5000' }, 'Input "users" is for "to: users" only; it is 5000.'],
  ...['many', '-5', '99', '1000001', '1e5', '5000.5', '00000000'].map(
    (users) =>
      [
        { to: 'users', users },
        `Input "users" must be a whole number from 100 to 1000000, or 0 for that of the environment file; it is ${users}.`,
      ] as const,
  ),
  [{ to: 'normal', start: tomorrow }, 'Inputs "exam-start" and "exam-end" are for "to: exam" only.'],
  [{ to: 'exam', start: tomorrow }, 'Input "exam-end" is missing: an exam with a beginning needs an end.'],
  [{ to: 'exam', end: tomorrow }, 'Input "exam-start" is missing: an exam with an end needs a beginning.'],
  ...['tomorrow', '2027-01-18 08:00', '2027-01-18T08:00:00', '2027-02-31T08:00:00Z', '$(touch x)\'"`'].map(
    (start) =>
      [
        { to: 'exam', start, end: tomorrow },
        `Input "exam-start" must be a time with its zone such as 2027-01-18T08:00:00Z; it is "${start}".`,
      ] as const,
  ),
  [
    { to: 'exam', start: inHours(30), end: tomorrow },
    `Input "exam-end" must be after "exam-start"; the exam is from ${inHours(30)} to ${tomorrow}.`,
  ],
  [{ to: 'exam', start: inHours(-3), end: inHours(-1) }, 'Input "exam-end" must be in the future; it is '],
  [
    { to: 'exam', start: tomorrow, end: inHours(24 * 40) },
    'Input "exam-end" must be at most 31 days after "exam-start"',
  ],
  [
    { to: 'exam', start: inHours(24 * 301), end: inHours(24 * 302) },
    'Input "exam-start" must be at most 300 days ahead',
  ],
] as const)('%j is refused', (given, sentence) => {
  const said = look(given);
  expect(said).toMatch(/^::error title=Scale::.* Nothing was done\.$/);
  expect(said).toContain(sentence);
});
