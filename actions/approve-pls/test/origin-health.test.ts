/** Front Door's health probes, as its metric tells them: the bundle against the stand-in, which really probes. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { closeServer, listen } from '../../../rehearsal/azure/front-door.ts';
import { testFrontendOutputs } from '../../../rehearsal/azure/testing.ts';
import { Stage } from './stage.ts';

// Each test runs the bundle as a process, on machines that do other things as well.
jest.setTimeout(60_000);

const inputs = { 'origin-id': testFrontendOutputs.origin_id, 'origin-health': 'true' };
let stage: Stage;
let origin: Server;
let ready: boolean;
let probed: (string | undefined)[];

beforeEach(async () => {
  [ready, probed] = [true, []];
  origin = createServer(({ url, headers }, response) => {
    probed.push(url);
    const answered = ready && url === '/healthz' && headers['x-fd-healthprobe'] === '1';
    response.writeHead(answered ? 200 : 503).end();
  });
  await listen(origin, 0, '127.0.0.1');
  stage = await Stage.open();
  stage.makeService((origin.address() as AddressInfo).port);
  await stage.requestFromFrontDoor();
});
afterEach(async () => {
  await stage.close();
  await closeServer(origin);
});

test('an origin that is well', async () => {
  const end = await stage.run(inputs);
  expect(end.errors).toEqual([]);
  expect(end.log).toContain("100 % of Front Door's health probes succeed.");
  expect(probed).toContain('/healthz');
});

test('an origin that is not: waits, and says what it sees', async () => {
  ready = false;
  const end = await stage.run({ ...inputs, timeout: '2s' });
  expect(end.errors).toEqual([
    expect.stringMatching(
      /^Waited \d+ s for Front Door's origin to be healthy, in vain: 0 % of the health probes succeed; web pods that are not ready, /,
    ),
  ]);
  // The approval itself has been given.
  expect(stage.statuses()).toEqual(['Pending', 'Approved']);
});

test('is not asked for unless wished', async () => {
  ready = false;
  const end = await stage.run({ 'origin-id': testFrontendOutputs.origin_id });
  expect(end.exitCode).toBe(0);
  expect(stage.requests('GET', /Insights/)).toEqual([]);
});
