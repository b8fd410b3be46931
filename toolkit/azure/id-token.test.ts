import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { fakeClock, neverAborted, recordingLog } from '../../test/support/fakes.ts';
import { requestIdToken } from './id-token.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

type Answer = (response: ServerResponse) => void;
const token: Answer = (response) => response.end('{"value": "the token"}');
const status =
  (code: number): Answer =>
  (response) =>
    response.writeHead(code).end();
/** In the middle of the answer the connection is cut. */
const cut: Answer = (response) => {
  response.writeHead(200, { 'content-length': 100 });
  response.write('{"value": "the', () => response.socket?.destroy());
};

/** Asks a service that answers like this, one after the other. */
async function ask(...answers: Answer[]): Promise<{ token: string; log: string }> {
  const server = createServer((_, response) => (answers.shift() ?? token)(response));
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const log = recordingLog();
  const environment = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?v=2`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret',
  };
  const given = await requestIdToken('api://x', { environment, log, clock: fakeClock(), signal: neverAborted });
  return { token: given, log: log.lines.join('\n') };
}

test.each([
  ['a connection that was cut in the middle of the answer', cut, 'connection lost'],
  ['503', status(503), 'server error'],
  ['429', status(429), 'throttled'],
])('%s is tried again', async (_, answer, name) => {
  expect(await ask(answer)).toEqual({ token: 'the token', log: expect.stringContaining(name) });
});

test('a refusal is told at once, with its status', async () => {
  await expect(ask(status(401))).rejects.toThrow(
    'GitHub gave the job no identity token: status 401. Run the job again.',
  );
});

test('what does not pass is told with its cause', async () => {
  await expect(ask(cut, cut, cut, cut)).rejects.toThrow(
    "GitHub could not be asked for the job's identity token: the connection was cut in the middle of the answer. Run the job again.",
  );
});
