/** The clients against the Azure stand-in, over HTTPS. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  applyFrontend,
  applyPlatform,
  startTestAzure,
  type TestAzure,
  testIds,
  testOutputs,
  testRequestMessage,
  testService,
} from '../../rehearsal/azure/testing.ts';
import { systemClock } from '../process/clock.ts';
import { selectCloud } from './cloud.ts';
import type { Azure } from './connect.ts';
import { createCredential } from './credential.ts';
import { readSecret } from './key-vault.ts';
import { decideConnection, findPrivateLinkService, listConnections } from './private-link.ts';
import { createJsonClient, createResourceManager, resourceId } from './resource-manager.ts';
import { testContext } from './testing.ts';

let standIn: TestAzure;
beforeAll(async () => {
  standIn = await startTestAzure();
  await applyPlatform(standIn.azure);
  standIn.azure.privateLinkServiceFor(testService(), '127.0.0.1');
  await applyFrontend(standIn.azure);
});
afterAll(() => standIn.stop());

const serviceId = resourceId(
  testIds.subscriptionId,
  testOutputs.node_resource_group_name,
  'Microsoft.Network',
  'privateLinkServices',
  'moodle-svc-pls',
);

/** Connected as a job would be; the identity token comes from the test's issuer. */
function connect(options: { signal?: AbortSignal; claims?: Record<string, unknown>; attempts?: number } = {}) {
  const inputs = {
    azureCloud: 'public',
    azureAuthorityHost: standIn.azure.url,
    azureResourceManagerEndpoint: standIn.azure.url,
    azureTenantId: testIds.tenantId,
    azureClientId: testIds.clientId,
    azureSubscriptionId: testIds.subscriptionId,
  } as const;
  const context = testContext(inputs, { ACTIONS_ID_TOKEN_REQUEST_URL: 'set' }, options.signal);
  const requestIdToken = jest.fn(async () => standIn.issuer.token(options.claims));
  const cloud = selectCloud(inputs);
  const { secrets, clock, log, signal, environment } = context;
  const credential = createCredential({
    cloud,
    tenantId: testIds.tenantId,
    clientId: testIds.clientId,
    environment,
    requestIdToken,
    secrets,
    log,
    clock,
    signal,
  });
  const common = { audience: cloud.resourceManagerAudience, credential, clock, log, signal };
  const resourceManager = createResourceManager({
    ...common,
    endpoint: cloud.resourceManager,
    subscriptionId: testIds.subscriptionId,
    ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
  });
  const azure: Azure = { cloud, credential, resourceManager };
  return { ...azure, context, common, requestIdToken };
}

describe('the credential', () => {
  test('asks GitHub once for many tokens, and masks what it got', async () => {
    const { credential, requestIdToken, context } = connect();
    const first = await credential.getToken('https://management.azure.com/.default');
    await credential.getToken('https://management.azure.com/.default');
    await credential.getToken('https://vault.azure.net/.default');
    expect(requestIdToken).toHaveBeenCalledTimes(1);
    expect(context.masked).toContain(first?.token);
    expect(context.masked).toContain(await requestIdToken.mock.results[0]?.value);
  });

  test('asks again when the identity token nears its end', async () => {
    const { credential, requestIdToken } = connect({ claims: { exp: Math.floor(Date.now() / 1000) + 30 } });
    await credential.getToken('https://management.azure.com/.default');
    await credential.getToken('https://vault.azure.net/.default');
    expect(requestIdToken.mock.calls.length).toBeGreaterThan(1);
  });

  test('stops waiting when the job is cancelled, though the library would not', async () => {
    const controller = new AbortController();
    const { credential } = connect({ signal: controller.signal });
    standIn.azure.addFaults([{ match: 'POST /', delayMs: 600 }]);
    const token = credential.getToken('https://management.azure.com/.default');
    const unanswered = () => standIn.azure.log().at(-1)?.method === 'POST' && standIn.azure.log().at(-1)?.status === 0;
    const tick = () => new Promise((resolve) => setTimeout(resolve, 20));
    while (!unanswered()) await tick();
    controller.abort(new Error('cancelled'));
    await expect(token).rejects.toThrow('cancelled');
    expect(unanswered()).toBe(true);
    // The library itself waits on; the stand-in must not go before it has answered.
    while (unanswered()) await tick();
  });

  test('says the subject that no federated credential names', async () => {
    const { resourceManager } = connect({ claims: { sub: 'repo:other/x:environment:y' } });
    await expect(resourceManager.get(serviceId, '2026-01-01')).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining("this job's subject 'repo:other/x:environment:y'"),
    });
  });

  test('on GitHub needs the ids; it does not fall back to whoever is signed in', () => {
    const { context, cloud } = connect();
    const options = { ...context, cloud, requestIdToken: async () => '' };
    expect(() => createCredential({ ...options, tenantId: undefined, clientId: 'x' })).toThrow(
      'Inputs "azure-tenant-id" and "azure-client-id"',
    );
  });
});

describe('Resource Manager', () => {
  test('follows pages', async () => {
    const connections = await listConnections(connect().resourceManager, serviceId);
    expect(connections.map(({ status, description }) => [status, description])).toEqual([
      ['Pending', 'Please approve my connection'],
      ['Pending', testRequestMessage],
    ]);
    expect(connections[1]?.privateEndpointId).toMatch(/\/resourceGroups\/eafd-Prod-westeurope\//);
  });

  test('does not take its token to another host', async () => {
    const page = { value: [], nextLink: 'https://example.org/subscriptions/next' };
    standIn.azure.addFaults([{ match: 'GET /subscriptions', status: 200, json: page }]);
    const listing = listConnections(connect().resourceManager, serviceId);
    await expect(listing).rejects.toThrow('goes on at another host: https://example.org.');
  });

  test('finds nothing where nothing is, and still tells a wrong subscription', async () => {
    const { resourceManager } = connect();
    expect(await findPrivateLinkService(resourceManager, `${serviceId}-not`)).toBeUndefined();
    const nowhere = resourceId(
      testIds.subscriptionId,
      'no-such-group',
      'Microsoft.Network',
      'privateLinkServices',
      'x',
    );
    expect(await findPrivateLinkService(resourceManager, nowhere)).toBeUndefined();
    await expect(findPrivateLinkService(resourceManager, serviceId.replace(/4/g, '5'))).rejects.toThrow(
      'Check azure-subscription-id',
    );
  });

  test('retries by code, says so, and gives up after its tries', async () => {
    const { resourceManager, context } = connect({ attempts: 2 });
    const busy = {
      match: 'GET /subscriptions',
      status: 400,
      code: 'AnotherOperationInProgress',
      headers: { 'retry-after-ms': '5' },
    };
    standIn.azure.addFaults([busy]);
    expect(await findPrivateLinkService(resourceManager, serviceId)).toMatchObject({ name: 'moodle-svc-pls' });
    expect(context.log.lines).toEqual([
      expect.stringMatching(
        /^GET privateLinkServices\/moodle-svc-pls: another operation in progress; attempt 2 of 2 in /,
      ),
    ]);
    standIn.azure.addFaults([{ ...busy, times: 2 }]);
    await expect(findPrivateLinkService(resourceManager, serviceId)).rejects.toMatchObject({
      name: 'AzureError',
      code: 'AnotherOperationInProgress',
    });
  });

  test('a cancelled job ends a wait between two tries at once', async () => {
    const controller = new AbortController();
    const { resourceManager } = connect({ signal: controller.signal });
    standIn.azure.addFaults([{ match: 'GET /subscriptions', status: 503, headers: { 'retry-after': '3600' } }]);
    const started = Date.now();
    const read = findPrivateLinkService(resourceManager, serviceId);
    setTimeout(() => controller.abort(new Error('cancelled')), 300);
    await expect(read).rejects.toThrow('cancelled');
    expect(Date.now() - started).toBeLessThan(3000);
  });

  test('a host that nobody listens on is named', async () => {
    const { common } = connect();
    const client = createJsonClient({ ...common, endpoint: 'https://127.0.0.1:1' });
    await expect(client.get('/subscriptions/x', '2026-01-01')).rejects.toThrow(
      /^GET subscriptions\/x: https:\/\/127.0.0.1:1 could not be reached: .*ECONNREFUSED/,
    );
  });

  test('approves and keeps the description given', async () => {
    const { resourceManager } = connect();
    const ours = (await listConnections(resourceManager, serviceId)).find(
      ({ description }) => description === testRequestMessage,
    );
    expect(ours).toBeDefined();
    const approved = await decideConnection(
      resourceManager,
      ours ?? { id: '', name: '' },
      'Approved',
      `Approved: ${testRequestMessage}`,
    );
    expect(approved).toMatchObject({
      status: 'Approved',
      provisioningState: 'Updating',
      description: `Approved: ${testRequestMessage}`,
    });
  });
});

describe('Key Vault', () => {
  const read = (name: string, vault: string = testOutputs.key_vault_name) => {
    const { resourceManager, credential, cloud, context } = connect();
    const options = {
      resourceManager,
      credential,
      audience: cloud.keyVaultAudience,
      resourceGroup: testOutputs.resource_group_name,
      vault,
    };
    const { secrets, log, signal } = context;
    return { context, value: readSecret({ ...options, secrets, log, signal, clock: systemClock }, name) };
  };

  test('gives the value, masked', async () => {
    const { context, value } = read('database-password');
    expect(await value).toBe(standIn.azure.secret(testOutputs.key_vault_name, 'database-password'));
    expect(context.masked).toContain(await value);
  });

  test.each([
    ['ForbiddenByFirewall', /The firewall of Key Vault/],
    ['ForbiddenByRbac', /Key Vault Secrets User/],
  ])('%s has its own cure', async (code, sentence) => {
    standIn.azure.addFaults([{ match: 'GET /vaults', status: 403, code }]);
    await expect(read('database-password').value).rejects.toThrow(sentence);
  });

  test('a secret that is not there', async () => {
    await expect(read('other').value).rejects.toThrow(/has no secret other/);
  });
});
