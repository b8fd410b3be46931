import { expect, test } from '@jest/globals';
import type { RunEvent } from './events.ts';
import { LogPrinter } from './log.ts';

function print(events: RunEvent[], verbose = false): string[] {
  const lines: string[] = [];
  const printer = new LogPrinter({ write: (line) => lines.push(line), verbose });
  for (const event of events) printer.print(event);
  return lines;
}

const grouped = (conclusion: 'success' | 'failure'): RunEvent[] => [
  { type: 'step-started', job: 'a', step: 'Plan', at: 1000 },
  { type: 'log', job: 'a', line: 'details', level: 'group', at: 1000 },
  { type: 'log', job: 'a', line: 'inside', level: 'text', at: 2500 },
  { type: 'log', job: 'a', line: '', level: 'endgroup', at: 2500 },
  { type: 'log', job: 'a', line: 'wrong', level: 'error', at: 2500 },
  { type: 'step-finished', job: 'a', step: 'Plan', conclusion, seconds: 1.5, at: 2500 },
];

test('folds a group away while its step succeeds', () => {
  expect(print(grouped('success'))).toEqual([
    '   0.0s [a] - Plan',
    '   0.0s [a]   > details',
    '   1.5s [a]   error: wrong',
  ]);
});

test('shows what was folded when the step fails', () => {
  expect(print(grouped('failure')).slice(3)).toEqual([
    '   1.5s [a]     inside',
    '   1.5s [a]   Plan: failure after 1.5 s',
  ]);
});

test('shows a group that takes long as it goes', () => {
  const events: RunEvent[] = [
    { type: 'step-started', job: 'a', step: 'Deploy', at: 1000 },
    { type: 'log', job: 'a', line: 'Verify', level: 'group', at: 1000 },
    { type: 'log', job: 'a', line: 'first look', level: 'text', at: 1500 },
    { type: 'log', job: 'a', line: 'Waiting for 2 pods', level: 'text', at: 7000 },
  ];
  expect(print(events).slice(2)).toEqual(['   6.0s [a]     Waiting for 2 pods']);
});

test('shows everything at once when verbose', () => {
  expect(print(grouped('success'), true)[2]).toBe('   1.5s [a]     inside');
});

test('says who rejected what', () => {
  const event: RunEvent = {
    type: 'job-reviewed',
    job: 'deploy / apply',
    environment: 'production',
    reviewer: 'bob',
    approved: false,
    at: 0,
  };
  expect(print([event])).toEqual(["   0.0s [deploy / apply] bob rejected environment 'production'"]);
});
