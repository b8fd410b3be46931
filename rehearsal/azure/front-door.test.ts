import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeServer, listen } from './front-door.ts';
import {
  applyFrontend,
  applyPlatform,
  startTestAzure,
  type TestAzure,
  testFrontendOutputs,
  testIds,
  testService,
} from './testing.ts';

let standIn: TestAzure;
let origin: Server;
let seen: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];

beforeAll(async () => {
  standIn = await startTestAzure();
  await applyPlatform(standIn.azure);
  origin = createServer((request, response) => {
    seen.push({ url: request.url, headers: request.headers });
    if (request.url === '/healthz' && request.headers['x-fd-healthprobe'] !== '1') response.statusCode = 404;
    if (request.url?.startsWith('/theme/styles.php')) response.setHeader('cache-control', 'public, max-age=60');
    if (request.url?.endsWith('/cookie'))
      response.setHeader('set-cookie', 'MoodleSession=1').setHeader('cache-control', 'public, max-age=60');
    response.end(`hello from ${request.url}`);
  });
  await listen(origin, 0, '127.0.0.1');
  const { port } = origin.address() as AddressInfo;
  standIn.azure.privateLinkServiceFor(testService({}, port), '127.0.0.1');
});
afterAll(async () => {
  await closeServer(origin);
  await standIn.stop();
});

const get = (path: string, init?: RequestInit) => fetch(`${standIn.azure.frontDoor().url}${path}`, init);

/** Approves as an action does: through Resource Manager. */
async function approve(): Promise<void> {
  const form = {
    grant_type: 'client_credentials',
    client_id: testIds.clientId,
    scope: 'https://management.azure.com/.default',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: standIn.issuer.token(),
  };
  const tokenUrl = `${standIn.azure.url}/${testIds.tenantId}/oauth2/v2.0/token`;
  const token = await fetch(tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: bearer } = (await token.json()) as { access_token: string };
  const connection = standIn.azure.connections().at(-1);
  const path = `${connection?.service}/privateEndpointConnections/${connection?.name}?api-version=2026-01-01`;
  const privateLinkServiceConnectionState = { status: 'Approved', description: 'ok' };
  const approved = await fetch(standIn.azure.url + path, {
    method: 'PUT',
    headers: { authorization: `Bearer ${bearer}` },
    body: JSON.stringify({ properties: { privateLinkServiceConnectionState } }),
  });
  expect(approved.status).toBe(200);
}

describe('Front Door', () => {
  test('knows no page without a route, and answers 504 until its connection is approved', async () => {
    expect((await get('/')).status).toBe(404);
    await applyFrontend(standIn.azure);
    expect(standIn.azure.connections()).toHaveLength(2);
    const pending = await get('/');
    expect(pending.status).toBe(504);
    expect(pending.headers.get('x-azure-ref')).toMatch(/^[0-9a-f]{32}$/);
    expect(pending.headers.get('x-azure-externalerror')).toContain('OriginTimeout');
    expect(seen).toEqual([]);
  });

  test('then forwards, with the visitor’s address and scheme', async () => {
    await approve();
    const response = await get('/course/view.php?id=2', { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('hello from /course/view.php?id=2');
    expect(response.headers.get('x-cache')).toBe('CONFIG_NOCACHE');
    expect(seen.at(-1)?.headers).toMatchObject({
      host: testFrontendOutputs.host_name,
      'x-forwarded-for': '203.0.113.7, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-azure-clientip': '127.0.0.1',
    });
  });

  test('caches what a rule lets it cache and the origin allows, and nothing that sets a cookie', async () => {
    seen = [];
    const caches = [];
    for (const path of ['/theme/styles.php/1/all', '/theme/styles.php/1/all', '/lib/javascript.php/cookie', '/page']) {
      const response = await get(path);
      expect(await response.text()).toBe(`hello from ${path}`);
      caches.push(response.headers.get('x-cache'));
    }
    expect(caches).toEqual(['TCP_MISS', 'TCP_HIT', 'PRIVATE_NOSTORE', 'CONFIG_NOCACHE']);
    expect(seen).toHaveLength(3);
  });

  test('puts the headers of its rules on every answer, and lets nobody to what the firewall blocks', async () => {
    for (const path of ['/page', '/theme/styles.php/1/all']) {
      const { headers } = await get(path);
      expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect((await get('/Install.php?x')).status).toBe(403);
    expect(standIn.azure.notSimulated()).toEqual([]);
  });

  test('redirects plain HTTP', async () => {
    const response = await fetch(`${standIn.azure.frontDoor().httpUrl}/login?x=1`, { redirect: 'manual' });
    expect(response.status).toBe(307);
    expect(response.headers.get('location')).toBe('https://127.0.0.1/login?x=1');
  });

  test('answers 502 when nobody listens behind it, and 504 when the Service is gone', async () => {
    await closeServer(origin);
    expect((await get('/')).status).toBe(502);
    standIn.azure.privateLinkServiceGone(testService());
    expect((await get('/')).status).toBe(504);
    expect(standIn.azure.connections()).toEqual([]);
  });
});
