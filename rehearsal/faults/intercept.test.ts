import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import type { RequestFault } from './fault.ts';
import { intercept } from './intercept.ts';
import { Wire } from './wire.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** A server whose answer is another each time unless it is told otherwise; the wire has these faults. */
async function serve(faults: readonly Omit<RequestFault, 'id' | 'service'>[], text: () => string) {
  const wire = new Wire(() => undefined);
  wire.arm(faults.map((fault, index) => ({ id: String(index), service: 'kubernetes', ...fault })));
  const started = createServer((request, response) => {
    response.writeHead(request.url === '/missing' ? 404 : 200, { 'content-type': 'text/plain', 'x-text': text() });
    if (request.url?.includes('watch=true')) {
      response.flushHeaders();
      response.write('first ');
      setTimeout(() => response.end(text()), 20);
    } else response.end(text());
  });
  server = started;
  intercept(started, 'kubernetes', wire);
  await new Promise<void>((listening) => started.listen(0, '127.0.0.1', listening));
  const address = started.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
  };
  return { get, fired: () => wire.report().fired.map(({ id }) => id) };
}

const stale = (...nth: number[]) => nth.map((one) => ({ kind: 'stale-read' as const, nth: one }));

test('a stale read is answered with what was answered before, and the next one with what is', async () => {
  let version = 1;
  const { get, fired } = await serve(stale(2), () => `version ${version}`);
  const whole = (body: string) => ({ status: 200, type: 'text/plain', body });
  expect(await get('/pods')).toEqual(whole('version 1'));
  version = 2;
  expect(await get('/pods')).toEqual(whole('version 1'));
  expect(fired()).toEqual(['0']);
  expect(await get('/pods')).toEqual(whole('version 2'));
});

test('where nothing has changed, or nothing was asked before, no read is stale', async () => {
  const { get, fired } = await serve(stale(1, 2, 3), () => 'always');
  for (const path of ['/pods', '/pods', '/missing']) expect((await get(path)).body).toBe('always');
  expect(fired()).toEqual([]);
});

test('a stream is no read', async () => {
  let version = 0;
  const { get, fired } = await serve(stale(2), () => `version ${++version}`);
  await get('/pods?watch=true');
  expect((await get('/pods?watch=true')).body).toMatch(/^first version/);
  expect(fired()).toEqual([]);
});
