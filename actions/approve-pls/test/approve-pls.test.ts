/** The committed bundle as a process, against the Azure stand-in. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  applyFrontend,
  applyPlatform,
  startTestAzure,
  type TestAzure,
  testIds,
  testOutputs,
  testRequestMessage,
  testService,
} from '../../../rehearsal/azure/testing.ts';
import { type ActionEnd, type ActionRun, runAction } from '../../../test/support/action-process.ts';

let standIn: TestAzure;

/** A platform with its Private Link Service, on which a stranger's connection is pending. */
beforeEach(async () => {
  standIn = await startTestAzure();
  await applyPlatform(standIn.azure);
  standIn.azure.privateLinkServiceFor(testService(), '127.0.0.1');
});
afterEach(() => standIn.stop());

const requestFromFrontDoor = () => applyFrontend(standIn.azure);
const statuses = () => standIn.azure.connections().map(({ status }) => status);
const connection = (index: number) => standIn.azure.connections()[index];
const puts = () => standIn.azure.log().filter(({ method }) => method === 'PUT');

function run(inputs: Record<string, string> = {}, more: Partial<ActionRun> = {}): Promise<ActionEnd> {
  return runAction({
    action: 'actions/approve-pls',
    ...more,
    inputs: {
      mode: 'apply',
      'azure-tenant-id': testIds.tenantId,
      'azure-client-id': testIds.clientId,
      'azure-subscription-id': testIds.subscriptionId,
      'azure-cloud': 'public',
      'azure-authority-host': standIn.azure.url,
      'azure-resource-manager-endpoint': standIn.azure.url,
      'node-resource-group': testOutputs.node_resource_group_name,
      'private-link-service': 'moodle-svc-pls',
      'owner-service': 'moodle/moodle-svc',
      'request-message': testRequestMessage,
      timeout: '10s',
      'poll-interval': '1s',
      ...inputs,
    },
    environment: { NODE_EXTRA_CA_CERTS: standIn.caFile, ...standIn.issuer.environment(), ...more.environment },
  });
}

describe('approving', () => {
  test('approves exactly our connection, keeps its message, reports the stranger', async () => {
    await requestFromFrontDoor();
    const end = await run({}, { environment: { GITHUB_REPOSITORY: 'example/moodle', GITHUB_RUN_ID: '42' } });
    expect(end.errors).toEqual([]);
    expect(end.exitCode).toBe(0);
    expect(statuses()).toEqual(['Pending', 'Approved']);
    expect(connection(1)?.description).toBe(`Approved by example/moodle run 42: ${testRequestMessage}`);
    expect(end.outputs.outcome).toBe('applied');
    expect(end.outputs['connection-name']).toBe(connection(1)?.name);
    expect(end.outputs['connection-id']).toBe(
      `${connection(1)?.service}/privateEndpointConnections/${connection(1)?.name}`,
    );
    expect(end.outputs['private-link-service-id']).toBe(connection(1)?.service);
    expect(JSON.parse(end.outputs.steps ?? '')).toEqual([
      { action: 'approve', target: connection(1)?.name, reason: 'it carries our request message' },
    ]);
    expect(JSON.parse(end.outputs['foreign-pending'] ?? '')).toEqual([
      { name: connection(0)?.name, description: 'Please approve my connection' },
    ]);
    expect(end.summary).toContain('Applied and verified');
    expect(end.summary).toContain(connection(0)?.name);
  });

  test('a second run finds it approved and changes nothing', async () => {
    await requestFromFrontDoor();
    await run();
    expect(puts()).toHaveLength(1);
    const again = await run();
    expect(again.exitCode).toBe(0);
    expect(again.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]', 'connection-name': connection(1)?.name });
    expect(puts()).toHaveLength(1);
  });

  test('an approval by hand that kept the message is as good', async () => {
    await requestFromFrontDoor();
    const found = connection(1);
    if (found !== undefined) Object.assign(found, { status: 'Approved' });
    const end = await run();
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'unchanged' } });
    expect(puts()).toHaveLength(0);
  });

  test('waits, with progress, for a request that comes late', async () => {
    const ended = run({ timeout: '1m' });
    await new Promise((resolve) => setTimeout(resolve, 6500));
    await requestFromFrontDoor();
    const end = await ended;
    expect(end.exitCode).toBe(0);
    expect(end.outputs.outcome).toBe('applied');
    expect(end.log).toMatch(
      /Waiting for the request of our Front Door on moodle-svc-pls: no connection carries .*somebody else's/,
    );
    expect(statuses()).toEqual(['Pending', 'Approved']);
  }, 20_000);

  test('only strangers: gives up at the timeout, says what it saw, approves nobody', async () => {
    const end = await run({ timeout: '2s' });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      `Waited 2 s for the request of our Front Door on moodle-svc-pls, in vain: no connection carries the request message '${testRequestMessage}'; 1 pending connection is somebody else's.`,
    ]);
    expect(statuses()).toEqual(['Pending']);
  });

  test('two connections with our message: none is approved', async () => {
    await requestFromFrontDoor();
    const stranger = connection(0);
    if (stranger !== undefined) stranger.description = testRequestMessage;
    const end = await run();
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toMatch(/^2 connections on moodle-svc-pls carry the request message .* so none is approved/);
    expect(statuses()).toEqual(['Pending', 'Pending']);
  });

  test('a message that only contains ours is a stranger', async () => {
    await requestFromFrontDoor();
    const stranger = connection(0);
    if (stranger !== undefined) stranger.description = `please: ${testRequestMessage}`;
    const end = await run();
    expect(end.exitCode).toBe(0);
    expect(statuses()).toEqual(['Pending', 'Approved']);
  });

  test('a connection that somebody rejected is not approved over their head', async () => {
    await requestFromFrontDoor();
    const found = connection(1);
    if (found !== undefined) found.status = 'Rejected';
    const end = await run();
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toContain('Somebody rejected our connection');
  });
});

describe('planning', () => {
  test('shows the approval and changes nothing', async () => {
    await requestFromFrontDoor();
    const end = await run({ mode: 'plan' });
    expect(end.exitCode).toBe(0);
    expect(end.outputs.outcome).toBe('planned');
    expect(end.log).toContain('1 step: 1 approve');
    expect(statuses()).toEqual(['Pending', 'Pending']);
    expect(puts()).toHaveLength(0);
  });

  test('says that the request has not come yet, without waiting', async () => {
    const end = await run({ mode: 'plan' });
    expect(end.outputs.outcome).toBe('planned');
    expect(JSON.parse(end.outputs.steps ?? '')).toEqual([
      { action: 'approve', target: 'connection on moodle-svc-pls', reason: 'Front Door has not requested it yet' },
    ]);
    expect(end.outputs['connection-id']).toBe('');
  });

  test('of a platform that is not built yet asks Azure nothing', async () => {
    const end = await run({ mode: 'plan', 'node-resource-group': '', 'request-message': '' });
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned' } });
    expect(end.outputs.steps).toContain('the Private Link Service is not there yet');
    expect(standIn.azure.log()).toEqual([]);
  });
});

describe('faults that pass', () => {
  test('a conflict, a throttle, a server error and a cut connection are retried, and the approval succeeds', async () => {
    await requestFromFrontDoor();
    standIn.azure.addFaults([
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
    const end = await run();
    expect(end.exitCode).toBe(0);
    expect(statuses()).toEqual(['Pending', 'Approved']);
    for (const [attempt, name] of [
      'connection lost',
      'another operation in progress',
      'throttled',
      'server error',
    ].entries())
      expect(end.log).toMatch(
        new RegExp(`PUT privateEndpointConnections/\\S+: ${name}; attempt ${attempt + 2} of 6 in `),
      );
  }, 20_000);

  test('a conflict with another code fails at once', async () => {
    await requestFromFrontDoor();
    standIn.azure.addFaults([
      { match: 'PUT /subscriptions', status: 409, code: 'ScopeLocked', message: 'The scope is locked.' },
    ]);
    const end = await run();
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      expect.stringMatching(/^PUT privateEndpointConnections\/\S+: The scope is locked. \(ScopeLocked\)$/),
    ]);
    expect(puts()).toHaveLength(1);
  });
});

describe('mistakes end with one sentence each, and nothing is approved', () => {
  const subject = 'repo:example/moodle:pull_request';
  test.each<[string, Record<string, string>, Partial<ActionRun>, RegExp]>([
    [
      'a job whose subject no federated credential names',
      {},
      { environment: { subject } },
      /^Microsoft Entra ID has no federated credential for this job's subject 'repo:example\/moodle:pull_request'; .* \(AADSTS700213\)$/,
    ],
    [
      'a job without permission for identity tokens',
      {},
      { environment: { ACTIONS_ID_TOKEN_REQUEST_URL: '' } },
      /give the job `permissions: id-token: write`/,
    ],
    [
      'an identity that may only read',
      { 'azure-client-id': testIds.readerId },
      {},
      /^The identity may not do Microsoft.Network\/privateLinkServices\/privateEndpointConnections\/write on /,
    ],
    [
      'an unknown application',
      { 'azure-client-id': '99999999-9999-4999-8999-999999999999' },
      {},
      /^There is no application with client id 99999999/,
    ],
    [
      'an unknown subscription',
      { 'azure-subscription-id': '99999999-9999-4999-8999-999999999999' },
      {},
      /could not be found. Check azure-subscription-id/,
    ],
    ['another cloud', { 'azure-cloud': 'us-government' }, {}, /check azure-cloud/],
    [
      'another owner',
      { 'owner-service': 'other/web' },
      {},
      /^Private Link Service moodle-svc-pls belongs to the Kubernetes Service moodle\/moodle-svc, not to other\/web/,
    ],
    [
      'a Private Link Service that is not there',
      { 'private-link-service': 'nope' },
      {},
      /^There is no Private Link Service nope in resource group moodle-production-nodes/,
    ],
    [
      'a message that Azure would not take',
      { 'request-message': 'x'.repeat(141) },
      {},
      /^Input "request-message" is 141 characters long; Azure allows 140.$/,
    ],
    [
      'a certificate that nobody trusts',
      {},
      { environment: { NODE_EXTRA_CA_CERTS: '' } },
      /its certificate is not trusted \(NODE_EXTRA_CA_CERTS\)/,
    ],
  ])('%s', async (_, inputs, more, sentence) => {
    await requestFromFrontDoor();
    const environment =
      more.environment?.subject === undefined ? more.environment : standIn.issuer.environment(subject);
    const end = await run(inputs, environment === undefined ? {} : { environment });

    expect(end.errors).toEqual([expect.stringMatching(sentence)]);
    expect(end.exitCode).toBe(1);
    expect(statuses()).toEqual(['Pending', 'Pending']);
  });

  test('all wrong inputs are told at once', async () => {
    const end = await run({ mode: 'force', 'azure-subscription-id': '', 'azure-cloud': 'mars', timeout: 'soon' });
    expect(end.exitCode).toBe(1);
    expect(end.errors.join('\n').split('\n')).toEqual([
      'Input "mode" must be one of plan, apply; it is "force".',
      'Input "azure-subscription-id" is required and was not given.',
      'Input "azure-cloud" must be one of public, us-government, china; it is "mars".',
      'Input "timeout" must be a number with a unit, such as 90s, 15m or 2h; it is "soon".',
    ]);
    const missing = await run({ 'node-resource-group': '', 'request-message': '' });
    expect(missing.errors.join('\n').split('\n')).toEqual([
      'Input "node-resource-group" is required in mode apply and was not given.',
      'Input "request-message" is required in mode apply and was not given.',
    ]);
  });
});

describe('cancelling', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s while it waits for the request ends it at once', async (signal) => {
    const end = await run(
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
    standIn.azure.addFaults([{ match: 'POST /', delayMs: 30_000 }]);
    const end = await run({}, { onOutput: (child) => setTimeout(() => child.kill('SIGTERM'), 500) });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([expect.stringContaining('Stopped: the job was cancelled (SIGTERM)')]);
    expect(end.seconds).toBeLessThan(5);
  });
});

test('no token shows in the log, and GitHub is asked for one identity token', async () => {
  await requestFromFrontDoor();
  const end = await run();
  const unmasked = end.log.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  expect(unmasked.join('\n')).not.toMatch(/eyJ/);
  expect(end.log).toMatch(/^::add-mask::eyJ/m);
  expect(standIn.issuer.asked()).toBe(1);
});
