import { expect, test } from '@jest/globals';
import { Progress } from './progress.ts';
import { eventLine, parseUiEvent, type UiEvent } from './ui-events.ts';

function follow() {
  let time = 0;
  const progress = new Progress(() => time);
  const event = (type: string, addr: string): void =>
    progress.add({ type, '@message': '', hook: { resource: { addr } } });
  return { progress, event, pass: (seconds: number) => (time += seconds * 1000) };
}

test('a plan counts what it has read', () => {
  const { progress, event } = follow();
  expect(progress.status()).toBe('');
  for (const addr of ['a', 'b', 'c']) event('refresh_complete', addr);
  expect(progress.status()).toBe('3 resources read');
});

test('an apply counts what is done and under way, and names what takes long', () => {
  const { progress, event, pass } = follow();
  for (const addr of ['a', 'b', 'c', 'd']) event('planned_change', addr);
  event('apply_start', 'a');
  event('apply_start', 'b');
  expect(progress.status()).toBe('0 of 4 done, 2 under way');
  pass(10);
  event('apply_complete', 'a');
  event('apply_start', 'c');
  pass(10);
  expect(progress.status()).toBe('1 of 4 done, 2 under way: b 20 s');
  event('apply_errored', 'b');
  event('apply_complete', 'c');
  expect(progress.status()).toBe('2 of 4 done');
});

test('a replacement is one change and two operations: never more done than there are', () => {
  const { progress, event } = follow();
  event('planned_change', 'a');
  for (const type of ['apply_start', 'apply_complete', 'apply_start', 'apply_complete']) event(type, 'a');
  expect(progress.status()).toBe('2 of 2 done');
});

test('lines that are no events are passed over', () => {
  for (const line of ['', 'Successfully configured the backend "local"!', '{broken', '{"type": 1}', 'null'])
    expect(parseUiEvent(line)).toBeUndefined();
});

test('what is done has a line; what goes on, values of outputs and planned changes have none', () => {
  const event = (type: string): UiEvent => ({ type, '@message': 'm' });
  expect(eventLine(event('apply_complete'))).toBe('m');
  for (const type of ['apply_progress', 'refresh_start', 'outputs', 'planned_change'])
    expect(eventLine(event(type))).toBeUndefined();
});
