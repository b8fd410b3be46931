/** Azure's own moods, which pass by themselves or do not: the committed bundle against the stand-in. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Stage } from './stage.ts';

// Each test runs the bundle as a process, on machines that do other things as well.
jest.setTimeout(60_000);

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

describe('faults that pass', () => {
  test('a conflict, a throttle, a server error and a cut connection are retried, and the approval succeeds', async () => {
    await stage.requestFromFrontDoor();
    stage.standIn.azure.addFaults([
      { match: 'PUT /subscriptions', drop: true },
      {
        match: 'PUT /subscriptions',
        status: 409,
        code: 'AnotherOperationInProgress',
        headers: { 'retry-after-ms': '20' },
      },
      { match: 'PUT /subscriptions', status: 429, code: 'TooManyRequests', headers: { 'retry-after-ms': '20' } },
      { match: 'PUT /subscriptions', status: 503, code: 'ServerBusy', headers: { 'retry-after-ms': '20' } },
    ]);
    const end = await stage.run();
    expect(end.exitCode).toBe(0);
    expect(stage.statuses()).toEqual(['Pending', 'Approved']);
    for (const [attempt, name] of [
      'connection lost',
      'another operation in progress',
      'throttled',
      'server error',
    ].entries())
      expect(end.log).toMatch(
        new RegExp(`PUT privateEndpointConnections/\\S+: ${name}; attempt ${attempt + 2} of 6 in `),
      );
  });

  test('a storm of conflicts ends when the server says so; a longer one ends the action with its code', async () => {
    await stage.requestFromFrontDoor();
    const conflict = {
      match: 'PUT /subscriptions',
      status: 409,
      code: 'AnotherOperationInProgress',
      headers: { 'retry-after-ms': '10' },
    };
    stage.standIn.azure.addFaults([{ ...conflict, times: 6 }]);
    const tooLong = await stage.run();
    expect(tooLong.errors).toEqual([expect.stringContaining('(AnotherOperationInProgress)')]);
    expect(stage.statuses()).toEqual(['Pending', 'Pending']);
    stage.standIn.azure.addFaults([{ ...conflict, times: 5 }]);
    const end = await stage.run();
    expect(end.errors).toEqual([]);
    expect(stage.requests('PUT')).toHaveLength(12);
    expect(stage.statuses()).toEqual(['Pending', 'Approved']);
  });

  test('a Retry-After is waited for', async () => {
    await stage.requestFromFrontDoor();
    stage.standIn.azure.addFaults([
      { match: 'PUT /subscriptions', status: 429, code: 'TooManyRequests', headers: { 'retry-after': '2' } },
    ]);
    const end = await stage.run();
    expect(end.exitCode).toBe(0);
    expect(end.log).toContain('throttled; attempt 2 of 6 in 2 s');
    const [refused, accepted] = stage.requests('PUT').map(({ at }) => Date.parse(at));
    expect((accepted ?? 0) - (refused ?? 0)).toBeGreaterThanOrEqual(1990);
  });

  test('server errors while it looks and while it approves', async () => {
    await stage.requestFromFrontDoor();
    for (const match of ['GET /subscriptions', 'PUT /subscriptions'])
      stage.standIn.azure.addFaults([{ match, times: 2, status: 500, code: 'InternalServerError' }]);
    const end = await stage.run();
    expect(end.errors).toEqual([]);
    expect(end.log.match(/server error; attempt/g)).toHaveLength(4);
    expect(stage.statuses()).toEqual(['Pending', 'Approved']);
  });

  test('a conflict with another code fails at once', async () => {
    await stage.requestFromFrontDoor();
    stage.standIn.azure.addFaults([
      { match: 'PUT /subscriptions', status: 409, code: 'ScopeLocked', message: 'The scope is locked.' },
    ]);
    const end = await stage.run();
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      expect.stringMatching(/^PUT privateEndpointConnections\/\S+: The scope is locked. \(ScopeLocked\)$/),
    ]);
    expect(stage.requests('PUT')).toHaveLength(1);
  });
});

describe('a token that expires', () => {
  test('in the middle of a wait is renewed, and the wait goes on', async () => {
    const short = await Stage.open({ tokenSeconds: 3 });
    try {
      const ended = short.run({ timeout: '1m' });
      await new Promise((resolve) => setTimeout(resolve, 6000));
      await short.requestFromFrontDoor();
      const end = await ended;
      expect(end.errors).toEqual([]);
      expect(end.outputs.outcome).toBe('applied');
      expect(short.requests('POST', /oauth2/).length).toBeGreaterThanOrEqual(3);
      expect(short.requests('GET').filter(({ status }) => status === 401)).toEqual([]);
      // GitHub's identity token still holds, so it is not asked for again.
      expect(short.standIn.issuer.asked()).toBe(1);
    } finally {
      await short.close();
    }
  });
});

test('an identity that may not even look: names the role and where it is needed', async () => {
  const service =
    '/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/moodle-production-nodes/providers/Microsoft.Network/privateLinkServices/moodle-svc-pls';
  const message = `The client 'c' with object id 'o' does not have authorization to perform action 'Microsoft.Network/privateLinkServices/read' over scope '${service}' or the scope is invalid.`;
  stage.standIn.azure.addFaults([{ match: 'GET /subscriptions', status: 403, code: 'AuthorizationFailed', message }]);
  const end = await stage.run();
  expect(end.errors).toEqual([
    `The identity may not do Microsoft.Network/privateLinkServices/read on ${service}; give it the role Reader, or one with this action, on resource group moodle-production-nodes (new role assignments take some minutes). (AuthorizationFailed)`,
  ]);
});
