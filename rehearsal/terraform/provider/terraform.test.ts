/** The semantics of planning and applying, through the real terraform on small roots. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { azurermBlock, openProviderBench, type ProviderBench, type TestRoot, testAccount } from './testing.ts';

jest.setTimeout(60_000);

let bench: ProviderBench;
const root = (hcl: string): TestRoot => bench.root(hcl);

beforeAll(async () => {
  bench = await openProviderBench();
});
beforeEach(() => bench.clear());
afterAll(() => bench.close());

const group = `/subscriptions/${testAccount.subscriptionId}/resourceGroups/g`;
const place = 'name = "a"\n  resource_group_name = "g"\n  location = "westeurope"';
const network = (more: string): string =>
  `resource "azurerm_virtual_network" "a" {\n  ${place}\n  address_space = ["10.0.0.0/16"]\n  ${more}\n}\n`;

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
  one.write(azurermBlock + network('tags = { a = "2" }'));
  const [change] = await one.plan();
  expect(change?.change).toMatchObject({ actions: ['update'], after: { guid } });
  expect(change?.change.after_unknown).toEqual({});
  await one.apply();
  expect(
    bench.cloud.resources.get(`azurerm_virtual_network ${group}/providers/Microsoft.Network/virtualNetworks/a`),
  ).toMatchObject({ tags: { a: '2' }, guid });
});

test('a change that only a new resource can have replaces it, and says why', async () => {
  const one = root(network(''));
  await one.apply();
  one.write((azurermBlock + network('')).replace('westeurope', 'northeurope'));
  const [change] = await one.plan();
  expect(change?.change).toMatchObject({ actions: ['delete', 'create'], replace_paths: [['location']] });
  await one.apply();
  expect([...bench.cloud.resources.values()]).toMatchObject([{ location: 'northeurope' }]);
});

test('blocks of a set, in another order, are no change', async () => {
  const log = (category: string): string => `  enabled_log {\n    category = "${category}"\n  }\n`;
  const setting = (logs: string): string =>
    `resource "azurerm_monitor_diagnostic_setting" "d" {\n  name = "d"\n  target_resource_id = "${group}/providers/Microsoft.KeyVault/vaults/v"\n  log_analytics_workspace_id = "/w"\n${logs}}\n`;
  const one = root(setting(log('A') + log('B')));
  await one.apply();
  one.write(azurermBlock + setting(log('B') + log('A')));
  expect(await one.isClean()).toBe(true);
  one.write(azurermBlock + setting(log('B') + log('C')));
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
  bench.cloud.resources.clear();
  expect((await one.plan())[0]?.change.actions).toEqual(['create']);
});

test('a refusal of Azure is the error, and nothing is in the state', async () => {
  const one = root(network(''));
  bench.cloud.refuse('SkuNotAvailable: not in this region.');
  await expect(one.apply()).rejects.toThrow('SkuNotAvailable: not in this region.');
  expect(JSON.parse(one.state()).resources).toEqual([]);
  await one.apply();
  expect(await one.isClean()).toBe(true);
});

test('destroy leaves nothing', async () => {
  const one = root(network(''));
  await one.apply();
  await one.apply('-destroy');
  expect(bench.cloud.resources.size).toBe(0);
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
  one.write(azurermBlock + alias.replace('SUBSCRIPTION', testAccount.tenantId));
  expect((await one.run('plan')).stderr).toContain('is not the one of the rehearsal');
});

test('terraform test runs on the stand-ins', async () => {
  const one = root(network(''));
  writeFileSync(
    join(one.folder, 'main.tftest.hcl'),
    'run "network" {\n  assert {\n    condition = length(azurerm_virtual_network.a.guid) == 36\n    error_message = "no guid"\n  }\n}\n',
  );
  expect((await one.run('test')).stdout).toContain('Success! 1 passed, 0 failed.');
  expect(bench.cloud.resources.size).toBe(0);
});
