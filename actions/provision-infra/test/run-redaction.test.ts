import { expect, test } from '@jest/globals';
import { UserError } from '#toolkit/errors';
import { recordingLog } from '../../../test/support/fakes.ts';
import { markOutputs, redactError, redactingLog, redactStep } from '../src/run-redaction.ts';

const redact = (text: string): string => text.replaceAll('s3cret', '***');

test('an error, its cause, its stack and its annotations', () => {
  const cause = new Error('Azure answered: s3cret');
  const error = new UserError('failed: s3cret', [{ message: 'at s3cret', file: 'a.tf', line: 1 }]);
  error.cause = cause;
  redactError(error, redact);
  expect(error.message).toBe('failed: ***');
  expect(error.stack).toContain('failed: ***');
  expect(error.stack).not.toContain('s3cret');
  expect(error.annotations).toEqual([{ message: 'at ***', file: 'a.tf', line: 1 }]);
  expect(cause.message).toBe('Azure answered: ***');
});

test('what is thrown and is no error stays', () => {
  expect(() => redactError('s3cret', redact)).not.toThrow();
});

test('the target and the reason of a step', () => {
  const step = { action: 'create', target: 'a.b["s3cret"]', reason: 'was a.b["s3cret"]' };
  expect(redactStep(step, redact)).toEqual({ action: 'create', target: 'a.b["***"]', reason: 'was a.b["***"]' });
});

test('an output that holds a secret is as good as marked', () => {
  const redaction = { redact, holdsSecret: (text: string) => text.includes('s3cret') };
  const outputs = {
    open: { sensitive: false, value: 'x' },
    marked: { sensitive: true, value: 'y' },
    holds: { sensitive: false, value: { deep: ['-s3cret-'] } },
    later: { sensitive: false },
  };
  const sensitive = Object.entries(markOutputs(outputs, redaction)).filter(([, output]) => output.sensitive);
  expect(sensitive.map(([name]) => name)).toEqual(['marked', 'holds']);
});

test('a log says nothing of what it is told of, whatever the level', async () => {
  const recorded = recordingLog();
  const { log, hide } = redactingLog(recorded);
  log.info('s3cret is not known yet');
  hide(redact);
  await log.group('s3cret', async () => {
    for (const level of ['debug', 'info', 'notice', 'warning', 'error'] as const) log[level]('a s3cret b');
  });
  const said = ['debug', 'info', 'notice', 'warning', 'error'].map((level) => `${level}: a *** b`);
  expect(recorded.lines).toEqual(['info: s3cret is not known yet', 'group: ***', ...said]);
});
