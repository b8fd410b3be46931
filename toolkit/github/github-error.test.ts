import { describe, expect, test } from '@jest/globals';
import { transientFault } from '../process/transient.ts';
import { errorOfNetwork, errorOfRefusal, failureOf, type Refusal } from './github-error.ts';

const SECONDARY = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';

/** What the error of an answer is taken for, and how long to wait when GitHub says so. */
function taken(refusal: Partial<Refusal>): [fault: string | undefined, wait: number | undefined] {
  const error = errorOfRefusal({ status: 403, headers: {}, body: '', ...refusal }, 1_000_000);
  return [transientFault(failureOf(error))?.name, error.retryAfterMilliseconds];
}

describe('the error of an answer', () => {
  test.each<[string, Partial<Refusal>, [string | undefined, number | undefined]]>([
    ['a missing permission', { body: '{"message":"Resource not accessible by integration"}' }, [undefined, undefined]],
    ['a secondary limit with its time', { body: '{}', headers: { 'retry-after': '60' } }, ['throttled', 60_000]],
    ['a secondary limit without', { body: JSON.stringify({ message: SECONDARY }) }, ['throttled', undefined]],
    [
      'the primary limit',
      { headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1015' } },
      ['throttled', 15_000],
    ],
    ['the new form of both', { status: 429 }, ['throttled', undefined]],
    ['a gateway in between', { status: 502, body: '<html>' }, ['server error', undefined]],
    ['what is wrong in itself', { status: 422 }, [undefined, undefined]],
  ])('%s', (_, refusal, expected) => {
    expect(taken(refusal)).toEqual(expected);
  });

  test('has the message of GitHub with all that it found wrong', () => {
    const body = JSON.stringify({ message: 'Validation Failed', errors: [{ message: 'Body is too long' }, {}] });
    expect(errorOfRefusal({ status: 422, headers: {}, body }, 0).message).toBe('Validation Failed: Body is too long');
    expect(errorOfRefusal({ status: 500, headers: {}, body: 'oops' }, 0).message).toBe('GitHub answered 500');
  });

  test('of a connection is retried when it was lost', () => {
    const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    expect(transientFault(failureOf(errorOfNetwork(lost)))?.name).toBe('connection lost');
    expect(transientFault(failureOf(errorOfNetwork(new Error('Request timeout: /repos'))))?.name).toBe(
      'connection lost',
    );
    const wrong = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    expect(transientFault(failureOf(errorOfNetwork(wrong)))).toBeUndefined();
  });
});
