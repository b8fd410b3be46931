import { describe, expect, test } from '@jest/globals';
import { transientFault } from '../process/transient.ts';
import { errorOfAnswer, errorOfNetwork, failureOf } from './azure-error.ts';

const answer = (status: number, code: string, message = 'Words.', headers: Record<string, string> = {}) =>
  errorOfAnswer('PUT a/b', { status, headers, body: { error: { code, message } } }, Date.parse('2026-11-24T10:00:00Z'));

describe('what is retried', () => {
  test.each([
    [409, 'AnotherOperationInProgress', true],
    [400, 'AnotherOperationInProgress', true],
    [409, 'ScopeLocked', false],
    [429, 'TooManyRequests', true],
    [429, 'RetryableError', true],
    [503, 'ServerBusy', true],
    [500, 'InternalServerError', true],
    [403, 'AuthorizationFailed', false],
    [404, 'ResourceNotFound', false],
    [400, 'InvalidRequestFormat', false],
  ])('%i %s: %s', (status, code, retried) => {
    expect(transientFault(failureOf(answer(status, code))) !== undefined).toBe(retried);
  });

  test('a cut connection is; a refused sign-in and an untrusted certificate are not', () => {
    const network = (code: string) =>
      failureOf(errorOfNetwork('GET a/b', 'host', Object.assign(new Error(code), { code })));
    expect(transientFault(network('ECONNRESET'))).toBeDefined();
    expect(transientFault(network('UNABLE_TO_VERIFY_LEAF_SIGNATURE'))).toBeUndefined();
    expect(failureOf(new Error('anything'))).toEqual({});
  });

  test.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'Tue, 24 Nov 2026 10:00:05 GMT' }, 5000],
    [{ 'retry-after-ms': '20', 'retry-after': '7' }, 20],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('Retry-After %j asks for %s ms', (headers, milliseconds) => {
    expect(
      failureOf(answer(429, 'TooManyRequests', '', headers as Record<string, string>)).retryAfterMilliseconds,
    ).toBe(milliseconds);
  });
});

describe('sentences', () => {
  test('a missing permission names the action and where it is needed', () => {
    const error = answer(
      403,
      'AuthorizationFailed',
      "The client 'x' with object id 'x' does not have authorization to perform action 'Microsoft.Network/a/write' over scope '/subscriptions/s' or the scope is invalid.",
    );
    expect(error.message).toBe(
      'The identity may not do Microsoft.Network/a/write on /subscriptions/s; give it a role that has this action (new role assignments take some minutes). (AuthorizationFailed)',
    );
  });

  test('any other refusal has the request, the words and the code, on one line', () => {
    expect(answer(400, 'Bad', 'First.\r\n  Second.').message).toBe('PUT a/b: First. Second. (Bad)');
  });

  test('an answer that is not Azure’s still makes a sentence', () => {
    const error = errorOfAnswer('GET a/b', { status: 502, headers: {}, body: '<html>' }, 0);
    expect(error.message).toBe('GET a/b: <html> (HTTP 502)');
  });

  test('an untrusted certificate says what to set', () => {
    const cause = Object.assign(new Error('unable to verify the first certificate'), {
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    expect(errorOfNetwork('GET a/b', 'https://arm', cause).message).toMatch(
      /^GET a\/b: https:\/\/arm could not be reached: .*NODE_EXTRA_CA_CERTS/,
    );
  });
});
