/** What is secret or made at random, through the real terraform on small roots. */
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

const place = 'name = "a"\n  resource_group_name = "g"\n  location = "westeurope"';
const vault = (more = ''): string =>
  `resource "azurerm_key_vault" "a" {\n  ${place}\n  tenant_id = "${testAccount.tenantId}"\n  sku_name = "standard"\n  rbac_authorization_enabled = true\n  ${more}\n}\n`;
const secret = (version: number): string =>
  `${vault()}resource "azurerm_key_vault_secret" "s" {\n  name = "s"\n  key_vault_id = azurerm_key_vault.a.id\n  value_wo = "value ${version} of the secret"\n  value_wo_version = ${version}\n}\noutput "version" {\n  value = azurerm_key_vault_secret.s.version\n}\n`;

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
  expect(bench.cloud.sent).toEqual([
    { id: expect.stringContaining('/secrets/s'), secrets: { value_wo: 'value 1 of the secret' } },
  ]);
  expect(one.state()).not.toContain('of the secret');
  expect(await one.isClean()).toBe(true);
});

test('a write-only value is sent again only with another version, and the secret then has a new one', async () => {
  const one = root(secret(1));
  await one.apply();
  const version = (await one.run('output', '-raw', 'version')).stdout;
  one.write((azurermBlock + secret(1)).replace('value 1', 'value changed'));
  expect(await one.isClean()).toBe(true);
  one.write(azurermBlock + secret(2));
  await one.apply();
  expect(bench.cloud.sent.map(({ secrets }) => secrets.value_wo)).toEqual([
    'value 1 of the secret',
    'value 2 of the secret',
  ]);
  expect(one.state()).not.toContain(`secrets/s/${version}`);
});

test('an ephemeral password has the least of each kind, another one each time', async () => {
  const hcl = `${vault()}ephemeral "random_password" "p" {\n  length = 20\n  min_special = 5\n  min_numeric = 5\n  override_special = "-_"\n}\nresource "azurerm_key_vault_secret" "s" {\n  count = 2\n  name = "s\${count.index}"\n  key_vault_id = azurerm_key_vault.a.id\n  value_wo = ephemeral.random_password.p.result\n  value_wo_version = 1\n}\n`;
  const one = root(hcl);
  await one.apply();
  const [first, second] = bench.cloud.sent.map(({ secrets }) => String(secrets.value_wo));
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
