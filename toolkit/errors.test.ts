import { expect, test } from '@jest/globals';
import { Cancelled, CommandError, errorMessage, UserError } from './errors.ts';

test('a message carries its causes, each once', () => {
  const inner = new Error('connection refused');
  expect(errorMessage(new Error('Could not ask.', { cause: inner }))).toBe('Could not ask. (connection refused)');
  expect(errorMessage(new Error('Could not ask: connection refused', { cause: inner }))).toBe(
    'Could not ask: connection refused',
  );
});

test('an aggregate without a message of its own tells those of its parts', () => {
  expect(errorMessage(new AggregateError([new Error('one'), new UserError('two')]))).toBe('one two');
});

test('anything that was thrown has a message', () => {
  expect(errorMessage('text')).toBe('text');
  expect(errorMessage(undefined)).toBe('undefined');
});

test('a failed command shows its code and the end of what it said', () => {
  expect(new CommandError('kubectl', 1, 'a\nb\n\nc\nd\n').message).toBe('kubectl ended with exit code 1: b | c | d');
  expect(new CommandError('kubectl', 1, '').message).toBe('kubectl ended with exit code 1.');
});

test('a cancelled job says that it can be run again', () => {
  expect(new Cancelled('SIGTERM').message).toContain('Run it again');
});

test('a full disk is told in a sentence', () => {
  const thrown = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(errorMessage(thrown)).toMatch(/^The runner's disk is full, .* \(ENOSPC: no space left on device, write\)$/);
});
