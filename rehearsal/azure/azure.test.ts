import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  applyFrontend,
  applyPlatform,
  startTestAzure,
  type TestAzure,
  testFrontendOutputs,
  testIds,
  testOutputs,
  testRequestMessage,
  testService,
  testSubject,
} from './testing.ts';

let standIn: TestAzure;
const network = 'api-version=2026-01-01';
const group = `/subscriptions/${testIds.subscriptionId}/resourceGroups/${testOutputs.resource_group_name}`;
const nodeGroup = `/subscriptions/${testIds.subscriptionId}/resourceGroups/${testOutputs.node_resource_group_name}`;
const service = `${nodeGroup}/providers/Microsoft.Network/privateLinkServices/moodle-svc-pls`;

beforeAll(async () => {
  // Long enough for a second change to meet the first on a busy machine.
  standIn = await startTestAzure({ updateMs: 2000 });
  await applyPlatform(standIn.azure);
  standIn.azure.privateLinkServiceFor(testService(), '127.0.0.1');
  await applyFrontend(standIn.azure);
});
afterAll(() => standIn.stop());

interface Body {
  access_token?: string;
  error?: { code: string; message: string } | string;
  error_codes?: number[];
  error_description?: string;
  value?: unknown;
  nextLink?: string;
  [name: string]: unknown;
}

async function exchange(options: { tenant?: string; client?: string; assertion?: string; scope?: string } = {}) {
  const response = await fetch(`${standIn.azure.url}/${options.tenant ?? testIds.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: options.client ?? testIds.clientId,
      scope: options.scope ?? 'https://management.azure.com/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: options.assertion ?? standIn.issuer.token(),
    }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

async function call(
  method: string,
  path: string,
  options: { client?: string; scope?: string; body?: unknown; bearer?: string } = {},
) {
  const bearer = options.bearer ?? (await exchange(options)).body.access_token;
  const response = await fetch(path.startsWith('https:') ? path : `${standIn.azure.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as Body;
  return { status: response.status, body, code: typeof body.error === 'object' ? body.error.code : undefined };
}

describe('sign-in refuses with the numbers of Microsoft Entra ID', () => {
  test.each([
    [
      'a subject that no federated credential names',
      700213,
      () => ({ assertion: standIn.issuer.token({ sub: 'repo:other/moodle:ref:refs/heads/main' }) }),
    ],
    [
      'a subject that differs in letter case',
      7002138,
      () => ({ assertion: standIn.issuer.token({ sub: testSubject.toUpperCase() }) }),
    ],
    ['an unknown application', 700016, () => ({ client: '99999999-9999-4999-8999-999999999999' })],
    ['an unknown tenant', 90002, () => ({ tenant: '99999999-9999-4999-8999-999999999999' })],
    ['an expired assertion', 700024, () => ({ assertion: standIn.issuer.token({ exp: 1 }) })],
    [
      'an assertion of another issuer',
      700211,
      () => ({ assertion: standIn.issuer.token({ iss: 'https://example.org' }) }),
    ],
    ['an assertion for another audience', 700212, () => ({ assertion: standIn.issuer.token({ aud: 'sts' }) })],
    [
      'a forged signature',
      700027,
      () => ({ assertion: standIn.issuer.token().replace(/[^.]+$/, Buffer.alloc(256).toString('base64url')) }),
    ],
    ['an assertion that is no JWT', 50027, () => ({ assertion: 'hello' })],
    [
      'a resource that the tenant does not know',
      500011,
      () => ({ scope: 'https://management.usgovcloudapi.net/.default' }),
    ],
    ['a scope without /.default', 1002012, () => ({ scope: 'https://management.azure.com/' })],
  ])('%s: AADSTS%i', async (_, number, options) => {
    const { status, body } = await exchange(options());
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.error_codes).toEqual([number]);
    expect(body.error_description).toContain(`AADSTS${number}: `);
    expect(body.access_token).toBeUndefined();
  });
});

describe('Resource Manager', () => {
  test.each([
    ['no api-version', 'GET', group, 400, 'MissingApiVersionParameter'],
    [
      'another subscription',
      'GET',
      `/subscriptions/0/resourceGroups/x?api-version=2021-04-01`,
      404,
      'SubscriptionNotFound',
    ],
    [
      'an unknown group',
      'GET',
      `/subscriptions/${testIds.subscriptionId}/resourceGroups/x?api-version=2021-04-01`,
      404,
      'ResourceGroupNotFound',
    ],
    [
      'an unknown resource',
      'GET',
      `${nodeGroup}/providers/Microsoft.Network/privateLinkServices/x?${network}`,
      404,
      'ResourceNotFound',
    ],
  ])('%s', async (_, method, path, status, code) => {
    expect(await call(method, path)).toMatchObject({ status, code });
  });

  test('a token for another service, a made-up one and none are refused', async () => {
    expect(await call('GET', `${service}?${network}`, { scope: 'https://vault.azure.net/.default' })).toMatchObject({
      status: 401,
      code: 'InvalidAuthenticationTokenAudience',
    });
    expect(await call('GET', `${service}?${network}`, { bearer: 'a.b.c' })).toMatchObject({
      status: 401,
      code: 'InvalidAuthenticationToken',
    });
    expect((await fetch(`${standIn.azure.url}${service}?${network}`)).status).toBe(401);
  });

  test('ids are found whatever their letter case', async () => {
    expect(
      (await call('GET', `${service.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions')}?${network}`)).body.name,
    ).toBe('moodle-svc-pls');
  });

  test('a Reader may list user credentials and may not approve', async () => {
    const client = testIds.readerId;
    const cluster = `${group}/providers/Microsoft.ContainerService/managedClusters/moodle-production`;
    expect(
      (await call('POST', `${cluster}/listClusterUserCredential?api-version=2025-10-01&format=exec`, { client }))
        .status,
    ).toBe(200);
    const refused = await call('PUT', `${service}/privateEndpointConnections/x?${network}`, { client, body: {} });
    expect(refused).toMatchObject({ status: 403, code: 'AuthorizationFailed' });
    expect(JSON.stringify(refused.body)).toContain(
      'Microsoft.Network/privateLinkServices/privateEndpointConnections/write',
    );
  });

  test('what is not simulated is refused and remembered by name', async () => {
    const path = `${group}/providers/Microsoft.Network/virtualNetworks/hub`;
    expect(await call('DELETE', `${path}?${network}`)).toMatchObject({ status: 404, code: 'NotSimulated' });
    expect(standIn.azure.notSimulated()).toContain(`not simulated: DELETE ${path}`);
    await call('GET', `${service}?${network}&$expand=all`);
    expect(standIn.azure.notSimulated().at(-1)).toBe(`not simulated: query parameter $expand of GET ${service}`);
    await call('GET', `${service}?api-version=2020-01-01`);
    expect(standIn.azure.notSimulated().at(-1)).toMatch(/api-version 2020-01-01 of microsoft.network/);
  });

  test('faults on demand hit so many requests, then pass', async () => {
    standIn.azure.addFaults([
      { match: 'GET /subscriptions', times: 2, status: 429, code: 'TooManyRequests', headers: { 'retry-after': '1' } },
    ]);
    const statuses = [];
    for (let index = 0; index < 3; index += 1) statuses.push((await call('GET', `${service}?${network}`)).status);
    expect(statuses).toEqual([429, 429, 200]);
  });
});

describe('private endpoint connections', () => {
  const list = `${service}/privateEndpointConnections?${network}`;

  async function all(): Promise<
    { name: string; properties: { privateLinkServiceConnectionState: { status: string; description: string } } }[]
  > {
    const found: unknown[] = [];
    let next: string | undefined = list;
    while (next !== undefined) {
      const page: { body: Body } = await call('GET', next);
      found.push(...(page.body.value as unknown[]));
      next = page.body.nextLink;
    }
    return found as Awaited<ReturnType<typeof all>>;
  }

  test('come one a page: a stranger first, Front Door second', async () => {
    expect((await call('GET', list)).body.value).toHaveLength(1);
    expect((await all()).map(({ properties }) => properties.privateLinkServiceConnectionState)).toEqual([
      { status: 'Pending', description: 'Please approve my connection', actionsRequired: 'None' },
      { status: 'Pending', description: testRequestMessage, actionsRequired: 'None' },
    ]);
  });

  test('are approved by PUT; a second change while the first is in progress is refused; fields are not guessed', async () => {
    const ours = (await all()).find(
      ({ properties }) => properties.privateLinkServiceConnectionState.description === testRequestMessage,
    );
    const path = `${service}/privateEndpointConnections/${ours?.name}?${network}`;
    const put = (state: Record<string, unknown>) =>
      call('PUT', path, { body: { properties: { privateLinkServiceConnectionState: state } } });
    expect(await put({ status: 'Approved', description: 'x'.repeat(141) })).toMatchObject({ status: 400 });
    expect(await put({ status: 'approve' })).toMatchObject({ status: 400 });
    expect(await put({ status: 'Approved', reason: 'x' })).toMatchObject({ code: 'NotSimulated' });
    expect(await put({ status: 'Approved', description: `ok ${testRequestMessage}` })).toMatchObject({ status: 200 });
    expect(await put({ status: 'Approved', description: 'again' })).toMatchObject({
      status: 409,
      code: 'AnotherOperationInProgress',
    });
    expect(standIn.azure.connections().map(({ status }) => status)).toEqual(['Pending', 'Approved']);
    const origin = await call('GET', `${testFrontendOutputs.origin_id}?api-version=2025-04-15`);
    expect(origin.body).toMatchObject({ properties: { sharedPrivateLinkResource: { status: 'Approved' } } });
  });
});

describe('Key Vault', () => {
  const secret = `/vaults/${testOutputs.key_vault_name}/secrets/database-password?api-version=2025-07-01`;

  test('gives a secret to a token of its own audience only, and it is the one that Terraform wrote', async () => {
    const scope = 'https://vault.azure.net/.default';
    const { body } = await call('GET', secret, { scope });
    expect(body.value).toBe('value of database-password');
    expect((await call('GET', secret)).status).toBe(401);
    expect(await call('GET', secret.replace('database-password', 'other'), { scope })).toMatchObject({
      status: 404,
      code: 'SecretNotFound',
    });
  });
});

describe('the rehearsal itself', () => {
  test('its paths want the key; a provider in a process of its own works over HTTP; refusals are sentences', async () => {
    const post = async (operation: string, body: unknown, key = standIn.azure.controlKey) => {
      const headers = { 'x-rehearsal-key': key };
      const url = `${standIn.azure.url}/_rehearsal/terraform/${operation}`;
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, body: (await response.json()) as Body };
    };
    const type = 'azurerm_storage_account';
    const id = `${group}/providers/Microsoft.Storage/storageAccounts/extra`;
    const values = { name: 'extra', location: 'westeurope' };
    expect((await post('read', { type, id }, 'wrong')).status).toBe(401);
    expect((await post('read', { type, id })).body).toEqual({ result: null });
    expect((await post('write', { type, id, values, secrets: {} })).status).toBe(200);
    expect((await post('read', { type, id: id.toUpperCase() })).body).toEqual({ result: values });
    expect((await post('remove', { type, id })).status).toBe(200);
    expect((await post('read', { type, id })).body).toEqual({ result: null });
    const vault = `${group}/providers/Microsoft.KeyVault/vaults/${testOutputs.key_vault_name}`;
    expect((await post('secret', { vault, name: 'database-password' })).body).toEqual({
      result: 'value of database-password',
    });
    const cluster = `${group}/providers/Microsoft.ContainerService/managedClusters/moodle-production`;
    const refused = await post('remove', { type: 'azurerm_kubernetes_cluster', id: cluster });
    expect(refused.status).toBe(409);
    expect(JSON.stringify(refused.body)).toContain('destroy root frontend first');
    expect((await post('guess', {})).status).toBe(409);
  });

  test('everything is there again after a restart: tokens, secrets, connections', async () => {
    const { access_token: bearer } = (await exchange()).body;
    const before = standIn.azure.connections().map(({ name, status }) => ({ name, status }));
    const password = standIn.azure.secret(testOutputs.key_vault_name, 'database-password');
    await standIn.restart();
    expect(standIn.azure.connections().map(({ name, status }) => ({ name, status }))).toEqual(before);
    expect(standIn.azure.secret(testOutputs.key_vault_name, 'database-password')).toBe(password);
    expect((await call('GET', `${service}?${network}`, { bearer: bearer ?? '' })).status).toBe(200);
  });

  test('the log names requests and holds no token', async () => {
    const log = JSON.stringify(standIn.azure.log());
    expect(log).toContain('/subscriptions/');
    expect(log).not.toMatch(/eyJ|sig=/);
  });
});
