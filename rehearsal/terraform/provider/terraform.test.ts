/** The semantics of planning and applying, through the real terraform on small roots. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { serveTestProviders, type TestRoot, testAccount, testRoot } from './testing.ts';

jest.setTimeout(60_000);

const home = mkdtempSync(join(tmpdir(), 'provider-test-'));
const group = `/subscriptions/${testAccount.subscriptionId}/resourceGroups/g`;
let standIn: Awaited<ReturnType<typeof serveTestProviders>>;
let folders = 0;

beforeAll(async () => {
  standIn = await serveTestProviders();
});
beforeEach(() => {
  standIn.cloud.resources.clear();
  standIn.cloud.sent.length = 0;
});
afterAll(async () => {
  await standIn.stop();
  rmSync(home, { recursive: true, force: true });
});

const provider = 'provider "azurerm" {\n  features {}\n}\n';

function root(hcl: string): TestRoot {
  folders += 1;
  return testRoot(join(home, String(folders)), standIn.environment, provider + hcl);
}

const place = 'name = "a"\n  resource_group_name = "g"\n  location = "westeurope"';
const network = (more: string): string =>
  `resource "azurerm_virtual_network" "a" {\n  ${place}\n  address_space = ["10.0.0.0/16"]\n  ${more}\n}\n`;
const vault = (more = ''): string =>
  `resource "azurerm_key_vault" "a" {\n  ${place}\n  tenant_id = "${testAccount.tenantId}"\n  sku_name = "standard"\n  rbac_authorization_enabled = true\n  ${more}\n}\n`;
const secret = (version: number): string =>
  `${vault()}resource "azurerm_key_vault_secret" "s" {\n  name = "s"\n  key_vault_id = azurerm_key_vault.a.id\n  value_wo = "value ${version} of the secret"\n  value_wo_version = ${version}\n}\noutput "version" {\n  value = azurerm_key_vault_secret.s.version\n}\n`;

test('what Azure decides is unknown in the plan, and what depends on it', async () => {
  const one = root(
    'resource "azurerm_resource_group" "g" {\n  name = "g"\n  location = "westeurope"\n  tags = { of = "a" }\n}\noutput "id" {\n  value = join("-", ["x", azurerm_resource_group.g.id])\n}\n',
  );
  const [change] = await one.plan();
  expect(change?.change.after_unknown).toMatchObject({ id: true });
  expect(change?.change.after).toMatchObject({ name: 'g', tags: { of: 'a' } });
  await one.apply();
  expect((await one.run('output', '-raw', 'id')).stdout).toBe(`x-${group}`);
  expect(await one.isClean()).toBe(true);
});

test('defaults are planned, and are no change the next time', async () => {
  const one = root(network(''));
  expect((await one.plan())[0]?.change.after).toMatchObject({ private_endpoint_vnet_policies: 'Disabled' });
  await one.apply();
  expect(await one.isClean()).toBe(true);
});

test('an update in place keeps what Azure decided', async () => {
  const one = root(network('tags = { a = "1" }'));
  await one.apply();
  const guid = JSON.parse(one.state()).resources[0].instances[0].attributes.guid;
  one.write(provider + network('tags = { a = "2" }'));
  const [change] = await one.plan();
  expect(change?.change).toMatchObject({ actions: ['update'], after: { guid } });
  expect(change?.change.after_unknown).toEqual({});
  await one.apply();
  expect(
    standIn.cloud.resources.get(`azurerm_virtual_network ${group}/providers/Microsoft.Network/virtualNetworks/a`),
  ).toMatchObject({ tags: { a: '2' }, guid });
});

test('a change that only a new resource can have replaces it, and says why', async () => {
  const one = root(network(''));
  await one.apply();
  one.write((provider + network('')).replace('westeurope', 'northeurope'));
  const [change] = await one.plan();
  expect(change?.change).toMatchObject({ actions: ['delete', 'create'], replace_paths: [['location']] });
  await one.apply();
  expect([...standIn.cloud.resources.values()]).toMatchObject([{ location: 'northeurope' }]);
});

test('blocks of a set, in another order, are no change', async () => {
  const log = (category: string): string => `  enabled_log {\n    category = "${category}"\n  }\n`;
  const setting = (logs: string): string =>
    `resource "azurerm_monitor_diagnostic_setting" "d" {\n  name = "d"\n  target_resource_id = "${group}/providers/Microsoft.KeyVault/vaults/v"\n  log_analytics_workspace_id = "/w"\n${logs}}\n`;
  const one = root(setting(log('A') + log('B')));
  await one.apply();
  one.write(provider + setting(log('B') + log('A')));
  expect(await one.isClean()).toBe(true);
  one.write(provider + setting(log('B') + log('C')));
  expect((await one.plan())[0]?.change.actions).toEqual(['update']);
});

test('a dynamic block over something unknown is planned, applied and clean', async () => {
  const one = root(
    `${network('')}resource "azurerm_subnet" "s" {\n  name = "s"\n  resource_group_name = "g"\n  virtual_network_name = "a"\n  address_prefixes = ["10.0.0.0/24"]\n  dynamic "delegation" {\n    for_each = azurerm_virtual_network.a.guid == "" ? [] : ["d"]\n    content {\n      name = delegation.value\n      service_delegation {\n        name = "Microsoft.DBforPostgreSQL/flexibleServers"\n      }\n    }\n  }\n}\n`,
  );
  await one.apply();
  expect(await one.isClean()).toBe(true);
  expect(one.state()).toContain('"name": "d"');
});

test('secrets of Azure are sensitive in the plan', async () => {
  const one = root(
    `resource "azurerm_storage_account" "a" {\n  ${place}\n  account_tier = "Standard"\n  account_replication_type = "LRS"\n}\noutput "key" {\n  value = azurerm_storage_account.a.primary_access_key\n}\n`,
  );
  const refused = await one.run('plan', '-input=false');
  expect(refused.stderr).toContain('Output refers to sensitive values');
});

test('a write-only value reaches Azure, and neither plan nor state', async () => {
  const one = root(secret(1));
  const changes = await one.plan();
  expect(JSON.stringify(changes)).not.toContain('of the secret');
  await one.apply();
  expect(standIn.cloud.sent).toEqual([
    { id: expect.stringContaining('/secrets/s'), secrets: { value_wo: 'value 1 of the secret' } },
  ]);
  expect(one.state()).not.toContain('of the secret');
  expect(await one.isClean()).toBe(true);
});

test('a write-only value is sent again only with another version, and the secret then has a new one', async () => {
  const one = root(secret(1));
  await one.apply();
  const version = (await one.run('output', '-raw', 'version')).stdout;
  one.write((provider + secret(1)).replace('value 1', 'value changed'));
  expect(await one.isClean()).toBe(true);
  one.write(provider + secret(2));
  await one.apply();
  expect(standIn.cloud.sent.map(({ secrets }) => secrets.value_wo)).toEqual([
    'value 1 of the secret',
    'value 2 of the secret',
  ]);
  expect(one.state()).not.toContain(`secrets/s/${version}`);
});

test('an ephemeral password has the least of each kind, another one each time', async () => {
  const hcl = `${vault()}ephemeral "random_password" "p" {\n  length = 20\n  min_special = 5\n  min_numeric = 5\n  override_special = "-_"\n}\nresource "azurerm_key_vault_secret" "s" {\n  count = 2\n  name = "s\${count.index}"\n  key_vault_id = azurerm_key_vault.a.id\n  value_wo = ephemeral.random_password.p.result\n  value_wo_version = 1\n}\n`;
  const one = root(hcl);
  await one.apply();
  const [first, second] = standIn.cloud.sent.map(({ secrets }) => String(secrets.value_wo));
  expect(first).toMatch(/^[A-Za-z0-9_-]{20}$/);
  expect(second).toBe(first);
  expect(first?.replace(/[^-_]/g, '').length).toBeGreaterThanOrEqual(5);
  expect(first?.replace(/\D/g, '').length).toBeGreaterThanOrEqual(5);
  expect(one.state()).not.toContain(first ?? '');
});

test('an impossible password is refused in the words of the provider', async () => {
  const one = root('ephemeral "random_password" "p" {\n  length = 3\n  min_lower = 4\n}\n');
  expect((await one.run('plan')).stderr).toContain('at least sum of min_upper');
});

test('random_id is made once, in all its forms', async () => {
  const one = root(
    'resource "random_id" "i" {\n  byte_length = 4\n  prefix = "p-"\n}\noutput "forms" {\n  value = random_id.i\n}\n',
  );
  await one.apply();
  const forms = JSON.parse((await one.run('output', '-json', 'forms')).stdout);
  const bytes = Buffer.from(forms.id, 'base64url');
  expect(forms).toMatchObject({
    hex: `p-${bytes.toString('hex')}`,
    dec: `p-${bytes.readUInt32BE()}`,
    b64_std: `p-${bytes.toString('base64')}`,
  });
  expect(await one.isClean()).toBe(true);
});

test('an import finds what is there, and nothing else', async () => {
  const one = root(network(''));
  await one.apply();
  const id = `${group}/providers/Microsoft.Network/virtualNetworks/a`;
  const other = root(network(''));
  expect((await other.run('import', 'azurerm_virtual_network.a', `${id}x`)).stderr).toContain(
    'Cannot import non-existent remote object',
  );
  expect(await other.run('import', 'azurerm_virtual_network.a', id)).toMatchObject({ exitCode: 0 });
  expect(await other.isClean()).toBe(true);
});

test('what exists already is not made twice', async () => {
  await root(network('')).apply();
  await expect(root(network('')).apply()).rejects.toThrow('already exists - to be managed via Terraform');
});

test('what is gone is planned again', async () => {
  const one = root(network(''));
  await one.apply();
  standIn.cloud.resources.clear();
  expect((await one.plan())[0]?.change.actions).toEqual(['create']);
});

test('a refusal of Azure is the error, and nothing is in the state', async () => {
  const one = root(network(''));
  standIn.cloud.refuse('SkuNotAvailable: not in this region.');
  await expect(one.apply()).rejects.toThrow('SkuNotAvailable: not in this region.');
  expect(JSON.parse(one.state()).resources).toEqual([]);
  await one.apply();
  expect(await one.isClean()).toBe(true);
});

test('destroy leaves nothing', async () => {
  const one = root(network(''));
  await one.apply();
  await one.apply('-destroy');
  expect(standIn.cloud.resources.size).toBe(0);
});

test('the cluster has one kubeconfig and an issuer, and no admin when local accounts are off', async () => {
  const one = root(
    `resource "azurerm_kubernetes_cluster" "a" {\n  ${place}\n  dns_prefix = "a"\n  local_account_disabled = true\n  node_provisioning_profile {\n    mode = "Manual"\n  }\n  default_node_pool {\n    name = "system"\n    node_count = 1\n    vm_size = "Standard_D4ds_v5"\n    upgrade_settings {\n      max_surge = "10%"\n    }\n  }\n  identity {\n    type = "SystemAssigned"\n  }\n}\noutput "all" {\n  value = {\n    host = nonsensitive(azurerm_kubernetes_cluster.a.kube_config[0].host)\n    admins = nonsensitive(length(azurerm_kubernetes_cluster.a.kube_admin_config))\n    issuer = azurerm_kubernetes_cluster.a.oidc_issuer_url\n    principal = azurerm_kubernetes_cluster.a.identity[0].principal_id\n    kubelet = azurerm_kubernetes_cluster.a.kubelet_identity\n  }\n}\n`,
  );
  await one.apply();
  expect(JSON.parse((await one.run('output', '-json', 'all')).stdout)).toMatchObject({
    host: expect.stringMatching(/^https:\/\/a-[0-9a-f]{8}\.hcp\.westeurope\.azmk8s\.io:443$/),
    admins: 0,
    issuer: expect.stringMatching(/^https:\/\/westeurope\.oic\.prod-aks\.azure\.com\/[0-9a-f-]{36}\/[0-9a-f-]{36}\/$/),
    principal: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
  });
  expect(await one.isClean()).toBe(true);
});

test('two aliases of a provider work side by side, and another subscription is refused', async () => {
  const alias =
    'provider "azurerm" {\n  alias = "two"\n  features {}\n  subscription_id = "SUBSCRIPTION"\n}\ndata "azurerm_client_config" "two" {\n  provider = azurerm.two\n}\noutput "tenant" {\n  value = data.azurerm_client_config.two.tenant_id\n}\n';
  const one = root(network('') + alias.replace('SUBSCRIPTION', testAccount.subscriptionId));
  await one.apply();
  expect((await one.run('output', '-raw', 'tenant')).stdout).toBe(testAccount.tenantId);
  one.write(provider + alias.replace('SUBSCRIPTION', testAccount.tenantId));
  expect((await one.run('plan')).stderr).toContain('is not the one of the rehearsal');
});

test('terraform test runs on the stand-ins', async () => {
  const one = root(network(''));
  writeFileSync(
    join(one.folder, 'main.tftest.hcl'),
    'run "network" {\n  assert {\n    condition = length(azurerm_virtual_network.a.guid) == 36\n    error_message = "no guid"\n  }\n}\n',
  );
  expect((await one.run('test')).stdout).toContain('Success! 1 passed, 0 failed.');
  expect(standIn.cloud.resources.size).toBe(0);
});
