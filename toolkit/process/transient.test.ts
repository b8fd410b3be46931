import { expect, test } from '@jest/globals';
import { type Failure, transientFault } from './transient.ts';

test.each<[Failure, string]>([
  [{ status: 429 }, 'throttled'],
  [{ code: 'TooManyRequests' }, 'throttled'],
  [{ text: 'Error: 429 Too Many Requests' }, 'throttled'],
  [{ status: 409, code: 'AnotherOperationInProgress' }, 'another operation in progress'],
  [{ status: 400, code: 'AnotherOperationInProgress' }, 'another operation in progress'],
  [{ code: 'RetryableError' }, 'another operation in progress'],
  [{ status: 500 }, 'server error'],
  [{ status: 503 }, 'server error'],
  [{ text: 'etcdserver: leader changed' }, 'server error'],
  [{ text: 'failed to download openapi: the server is currently unable to handle the request' }, 'server error'],
  [{ text: 'Error from server (InternalError): Internal error occurred: x' }, 'server error'],
  [{ text: 'error: the server has received too many requests and has asked us to try again later' }, 'throttled'],
  [{ text: 'Unable to connect to the server: Get "https://x": EOF' }, 'connection lost'],
  [{ code: 'ECONNRESET' }, 'connection lost'],
  [{ text: 'read tcp 10.0.0.1:443: connection reset by peer' }, 'connection lost'],
  [{ text: 'net/http: TLS handshake timeout' }, 'connection lost'],
])('%j is %s', (failure, name) => {
  expect(transientFault(failure)?.name).toBe(name);
});

test.each<[Failure]>([
  [{ status: 400 }],
  [{ status: 401 }],
  [{ status: 403, code: 'AuthorizationFailed' }],
  [{ status: 404 }],
  [{ status: 409, code: 'Conflict' }],
  [{ status: 501 }],
  [{ code: 'ENOTFOUND' }],
  [{ text: 'Error: 4291 things' }],
  [{}],
])('%j is not retried', (failure) => {
  expect(transientFault(failure)).toBeUndefined();
});
