/** The committed bundle as a process, against the Azure stand-in. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { testRequestMessage } from '../../../rehearsal/azure/testing.ts';
import { Stage } from './stage.ts';

// Each test runs the bundle as a process, on machines that do other things as well.
jest.setTimeout(60_000);

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

describe('approving', () => {
  test('approves exactly our connection, keeps its message, reports the stranger', async () => {
    await stage.requestFromFrontDoor();
    const end = await stage.run({}, { environment: { GITHUB_REPOSITORY: 'example/moodle', GITHUB_RUN_ID: '42' } });
    expect(end.errors).toEqual([]);
    expect(end.exitCode).toBe(0);
    expect(stage.statuses()).toEqual(['Pending', 'Approved']);
    expect(stage.connection(1).description).toBe(`Approved by example/moodle run 42: ${testRequestMessage}`);
    expect(end.outputs.outcome).toBe('applied');
    expect(end.outputs['connection-name']).toBe(stage.connection(1).name);
    expect(end.outputs['connection-id']).toBe(
      `${stage.connection(1).service}/privateEndpointConnections/${stage.connection(1).name}`,
    );
    expect(end.outputs['private-link-service-id']).toBe(stage.connection(1).service);
    expect(JSON.parse(end.outputs.steps ?? '')).toEqual([
      { action: 'approve', target: stage.connection(1).name, reason: 'it carries our request message' },
    ]);
    expect(JSON.parse(end.outputs['foreign-pending'] ?? '')).toEqual([
      { name: stage.connection(0).name, description: 'Please approve my connection' },
    ]);
    expect(end.summary).toContain('Applied and verified');
    expect(end.summary).toContain(stage.connection(0).name);
  });

  test('a second run finds it approved and changes nothing', async () => {
    await stage.requestFromFrontDoor();
    await stage.run();
    expect(stage.requests('PUT')).toHaveLength(1);
    const again = await stage.run();
    expect(again.exitCode).toBe(0);
    expect(again.outputs).toMatchObject({
      outcome: 'unchanged',
      steps: '[]',
      'connection-name': stage.connection(1).name,
    });
    expect(stage.requests('PUT')).toHaveLength(1);
  });

  test('an approval by hand that kept the message is as good', async () => {
    await stage.requestFromFrontDoor();
    Object.assign(stage.connection(1), { status: 'Approved' });
    const end = await stage.run();
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'unchanged' } });
    expect(stage.requests('PUT')).toHaveLength(0);
  });

  test('waits, with progress, for a request that comes late', async () => {
    const ended = stage.run({ timeout: '1m' });
    await new Promise((resolve) => setTimeout(resolve, 6500));
    await stage.requestFromFrontDoor();
    const end = await ended;
    expect(end.exitCode).toBe(0);
    expect(end.outputs.outcome).toBe('applied');
    expect(end.log).toMatch(
      /Waiting for the request of our Front Door on moodle-svc-pls: no connection carries .*somebody else's/,
    );
    expect(stage.statuses()).toEqual(['Pending', 'Approved']);
  });

  test('only strangers: gives up at the timeout, says what it saw, approves nobody', async () => {
    const end = await stage.run({ timeout: '2s' });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      `Waited 2 s for the request of our Front Door on moodle-svc-pls, in vain: no connection carries the request message '${testRequestMessage}'; 1 pending connection is somebody else's.`,
    ]);
    expect(stage.statuses()).toEqual(['Pending']);
  });

  test('two connections with our message: none is approved', async () => {
    await stage.requestFromFrontDoor();
    stage.connection(0).description = testRequestMessage;
    const end = await stage.run();
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toMatch(/^2 connections on moodle-svc-pls carry the request message .* so none is approved/);
    expect(stage.statuses()).toEqual(['Pending', 'Pending']);
  });

  test('a message that only contains ours is a stranger', async () => {
    await stage.requestFromFrontDoor();
    stage.connection(0).description = `please: ${testRequestMessage}`;
    const end = await stage.run();
    expect(end.exitCode).toBe(0);
    expect(stage.statuses()).toEqual(['Pending', 'Approved']);
  });

  test('a connection that somebody rejected is not approved over their head', async () => {
    await stage.requestFromFrontDoor();
    Object.assign(stage.connection(1), { status: 'Rejected', description: `no: ${testRequestMessage}` });
    const end = await stage.run();
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      expect.stringMatching(
        /^Somebody rejected our connection \S+ on moodle-svc-pls \('no: .*'\), and that is final: .* replace random_id.private_link_request, /,
      ),
    ]);
    expect(stage.statuses()).toEqual(['Pending', 'Rejected']);
  });
});

describe('strangers', () => {
  test('are rejected when that is wished, before ours is there, and ours is approved', async () => {
    const ended = stage.run({ foreign: 'reject', timeout: '1m' });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await stage.requestFromFrontDoor();
    const end = await ended;
    expect(end.errors).toEqual([]);
    expect(stage.statuses()).toEqual(['Rejected', 'Approved']);
    expect(stage.connection(0).description).toBe('Rejected: not the request of our Front Door');
    expect(JSON.parse(end.outputs['foreign-pending'] ?? '')).toEqual([]);
    expect(JSON.parse(end.outputs.steps ?? '')[0]).toEqual({
      action: 'reject',
      target: stage.connection(0).name,
      reason: 'its message is not ours',
    });
    const again = await stage.run({ foreign: 'reject' });
    expect(again.outputs.outcome).toBe('unchanged');
  });

  test('with a twin of our message are neither approved nor rejected', async () => {
    await stage.requestFromFrontDoor();
    stage.connection(0).description = testRequestMessage;
    const end = await stage.run({ foreign: 'reject' });
    expect(end.exitCode).toBe(1);
    expect(stage.statuses()).toEqual(['Pending', 'Pending']);
  });
});

describe('the service is told', () => {
  test('in one line and in the summary', async () => {
    await stage.requestFromFrontDoor();
    const end = await stage.run();
    const line = 'moodle-svc-pls: Succeeded, 1 NAT address, visible to all subscriptions';
    expect(end.log).toContain(line);
    expect(end.summary).toContain('1 NAT address');
    expect(end.outputs['private-link-service-alias']).toMatch(/^moodle-svc-pls\.[0-9a-f-]{36}\.westeurope\./);
  });

  test('not in the summary of a job that tells of all its phases at the end', async () => {
    await stage.requestFromFrontDoor();
    const end = await stage.run({ mode: 'plan', summary: 'false' });
    expect(end).toMatchObject({ exitCode: 0, summary: '', outputs: { outcome: 'planned' } });
  });
});

describe('planning', () => {
  test('shows the approval and changes nothing', async () => {
    await stage.requestFromFrontDoor();
    const end = await stage.run({ mode: 'plan' });
    expect(end.exitCode).toBe(0);
    expect(end.outputs.outcome).toBe('planned');
    expect(end.log).toContain('1 step: 1 approve');
    expect(stage.statuses()).toEqual(['Pending', 'Pending']);
    expect(stage.requests('PUT')).toHaveLength(0);
  });

  test('says that the request has not come yet, without waiting', async () => {
    const end = await stage.run({ mode: 'plan' });
    expect(end.outputs.outcome).toBe('planned');
    expect(JSON.parse(end.outputs.steps ?? '')).toEqual([
      { action: 'approve', target: 'connection on moodle-svc-pls', reason: 'Front Door has not requested it yet' },
    ]);
    expect(end.outputs['connection-id']).toBe('');
  });

  test('of a platform that is not built yet asks Azure nothing', async () => {
    const end = await stage.run({ mode: 'plan', 'node-resource-group': '', 'request-message': '' });
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned' } });
    expect(end.outputs.steps).toContain('the Private Link Service is not there yet');
    expect(stage.standIn.azure.log()).toEqual([]);
  });
});

describe('cancelling', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s while it waits for the request ends it at once', async (signal) => {
    const end = await stage.run(
      { timeout: '10m' },
      {
        onOutput: (child, log) => {
          if (log.includes('::group::Apply')) setTimeout(() => child.kill(signal), 200);
        },
      },
    );
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([expect.stringContaining(`Stopped: the job was cancelled (${signal})`)]);
    expect(end.seconds).toBeLessThan(5);
  });

  test('SIGTERM while signing in hangs does not wait for the answer', async () => {
    stage.standIn.azure.addFaults([{ match: 'POST /', delayMs: 30_000 }]);
    const end = await stage.run({}, { onOutput: (child) => setTimeout(() => child.kill('SIGTERM'), 500) });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([expect.stringContaining('Stopped: the job was cancelled (SIGTERM)')]);
    expect(end.seconds).toBeLessThan(5);
  });
});

test('no token shows in the log, and GitHub is asked for one identity token', async () => {
  await stage.requestFromFrontDoor();
  const end = await stage.run();
  const unmasked = end.log.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  expect(unmasked.join('\n')).not.toMatch(/eyJ/);
  expect(end.log).toMatch(/^::add-mask::eyJ/m);
  expect(stage.standIn.issuer.asked()).toBe(1);
});
