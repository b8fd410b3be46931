/** The real roots under infra/, through the real terraform, on the stand-in providers and the Azure stand-in. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { DatabaseMade } from '../azure/effects.ts';
import { startTestAzure, type TestAzure, testIds, testService } from '../azure/testing.ts';
import { defaultLimits, overlayTerraform } from './overlay.ts';
import { azurermProvider } from './provider/azurerm.ts';
import { randomProvider } from './provider/random.ts';
import { type ServedProviders, serveProviders } from './provider/serve.ts';
import { type TestRoot, testRoot } from './provider/testing.ts';

jest.setTimeout(60_000);

const infra = resolve(import.meta.dirname, '../../infra');
const home = mkdtempSync(join(tmpdir(), 'roots-test-'));
const databases: DatabaseMade[] = [];
let standIn: TestAzure;
let served: ServedProviders;

beforeAll(async () => {
  standIn = await startTestAzure({
    onDatabase: (database) => {
      databases.push(database);
    },
  });
  const { subscriptionId, tenantId, clientId } = testIds;
  served = await serveProviders({
    'hashicorp/azurerm': azurermProvider({ subscriptionId, tenantId, clientId, cloud: standIn.azure.terraform }),
    'hashicorp/random': randomProvider(),
  });
});
afterAll(async () => {
  await served.stop();
  await standIn.stop();
  rmSync(home, { recursive: true, force: true });
});

const environments: Record<string, Record<string, unknown>> = {
  production: {
    environment: 'production',
    location: 'swedencentral',
    concurrent_users: 400_000,
    operator_ip_ranges: ['203.0.113.0/24'],
    domain: 'moodle.example.edu',
    certificate_name: 'moodle',
    database_replicas: 2,
    database_admin: { object_id: '55555555-5555-4555-8555-555555555555', name: 'Database administrators' },
  },
  development: {
    environment: 'development',
    location: 'swedencentral',
    concurrent_users: 1000,
    high_availability: false,
    private_registry: true,
    private_cluster: true,
    backup_retention_days: 14,
    alert_emails: ['on-call@example.org'],
    maintenance_freezes: [{ start: '2027-01-18T00:00:00Z', end: '2027-01-30T00:00:00Z' }],
  },
};

/** A copy of the roots as a rehearsal has them. */
async function copy(name: string, root: string, variables: object): Promise<TestRoot> {
  const tree = join(home, name);
  cpSync(infra, join(tree, 'infra'), { recursive: true, filter: (source) => !source.includes('.terraform') });
  overlayTerraform(tree, defaultLimits);
  const folder = join(tree, root);
  writeFileSync(join(folder, 'variables.auto.tfvars.json'), JSON.stringify(variables));
  const one = testRoot(folder, { TF_REATTACH_PROVIDERS: served.reattach });
  expect(await one.run('init', '-input=false')).toMatchObject({ exitCode: 0 });
  return one;
}

async function outputs(root: TestRoot): Promise<Record<string, unknown>> {
  const shown = JSON.parse((await root.run('output', '-json')).stdout) as Record<string, { value: unknown }>;
  return Object.fromEntries(Object.entries(shown).map(([name, { value }]) => [name, value]));
}

let production: TestRoot;
let development: TestRoot;

describe.each(Object.keys(environments))('infra for %s', (environment) => {
  test('is valid, planned, applied and then has nothing to change', async () => {
    const root = await copy(environment, 'infra', environments[environment] ?? {});
    if (environment === 'production') production = root;
    else development = root;
    expect((await root.run('validate')).stdout).toContain('The configuration is valid');
    const changes = await root.plan();
    expect(changes.filter(({ change }) => change.actions.includes('create')).length).toBeGreaterThan(50);
    expect(JSON.stringify(changes)).not.toMatch(/password_wo":"/);
    await root.apply();
    expect(await root.isClean()).toBe(true);
    expect(await outputs(root)).toMatchObject({
      cluster_name: `moodle-${environment}`,
      database_host: expect.stringMatching(/\.postgres\.database\.azure\.com$/),
      front_door_endpoint_host: expect.stringMatching(/^moodle-.*\.z01\.azurefd\.net$/),
      workload_identity_client_id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      registry_agent_pool_name: environment === 'development' ? 'builds' : '',
      redis_sessions_nodes: 6,
      redis_cache_nodes: 6,
      web_replicas: 2,
      pgbouncer_replicas: 2,
    });
  });
});

test('Key Vault and the database hold the same password, and it is in no state', async () => {
  const { key_vault_name, database_host, database_name, database_user } = await outputs(production);
  const password = standIn.azure.secret(String(key_vault_name), 'database-password');
  expect(password).toMatch(/^[A-Za-z0-9_.~+=:-]{32}$/);
  expect(databases).toContainEqual({ host: database_host, name: database_name, user: database_user, password });
  expect(standIn.azure.secret(String(key_vault_name), 'moodle-admin-password')).not.toBe(password);
  expect(production.state()).not.toContain(password);
});

test('the database and the account that comes next get other passwords when password_version rises', async () => {
  const { key_vault_name, database_host } = await outputs(production);
  const secret = (name: string): string => standIn.azure.secret(String(key_vault_name), name);
  const before = databases.at(-1)?.password;
  const running = { a: secret('pooler-password-a'), b: secret('pooler-password-b') };
  const administrator = secret('moodle-admin-password');
  await production.apply('-var', 'password_version=2');
  const password = secret('database-password');
  expect(databases.at(-1)).toMatchObject({ host: database_host, password });
  expect(password).not.toBe(before);
  // Pods that run know account a; the new number stands for b.
  const pooler = { a: secret('pooler-password-a'), b: secret('pooler-password-b') };
  expect(pooler.a).toBe(running.a);
  expect(pooler.b).not.toBe(running.b);
  expect(secret('moodle-admin-password')).toBe(administrator);
  expect((await production.run('plan', '-detailed-exitcode', '-var', 'password_version=2')).exitCode).toBe(0);
});

describe('a server from a backup', () => {
  const at = '2027-01-18T03:15:04Z';
  const serverOf = async (root: TestRoot): Promise<{ id: string; host: string }> => {
    const { database_host } = await outputs(root);
    const { resources } = JSON.parse(root.state()) as {
      resources: { type: string; instances: { attributes: { id: string } }[] }[];
    };
    const server = resources.find(({ type }) => type === 'azurerm_postgresql_flexible_server');
    return { id: server?.instances[0]?.attributes.id ?? '', host: String(database_host) };
  };
  const restoring = (from: string): string[] => ['-var', `database_restore=${JSON.stringify({ from, at })}`];
  let old: { id: string; host: string };

  test('is not asked for while another is in the state', async () => {
    old = await serverOf(development);
    const { exitCode, stderr } = await development.run('plan', '-input=false', ...restoring(old.id));
    expect(exitCode).toBe(1);
    expect(stderr.replace(/\s*\n[│ ]*/g, ' ')).toContain('Take that one out of the state first; it stays in Azure');
  });

  test('stands beside the old one once that is out of the state; nothing with data is deleted', async () => {
    const gone = ['', '_database', '_configuration'].map((kind) => `azurerm_postgresql_flexible_server${kind}.moodle`);
    expect(await development.run('state', 'rm', ...gone)).toMatchObject({ exitCode: 0 });
    const changes = (await development.plan(...restoring(old.id))).filter(
      ({ change }) => change.actions.join() !== 'no-op' && change.actions.join() !== 'read',
    );
    // Which logs the old server sends where.
    const deleted = changes.filter(({ change }) => change.actions.includes('delete'));
    expect(deleted.map(({ address }) => address)).toEqual(['azurerm_monitor_diagnostic_setting.platform["database"]']);
    expect(changes.filter(({ address }) => gone.includes(address.replace(/\[.*/, '')))).toHaveLength(6);
    const server = changes.find(({ address }) => address === gone[0])?.change.after;
    expect(server).toMatchObject({
      create_mode: 'PointInTimeRestore',
      source_server_id: old.id,
      point_in_time_restore_time_in_utc: at,
      name: expect.stringMatching(/^moodle-development-[0-9a-f]{6}-20270118031504$/),
    });
  });

  test('has its databases, which Terraform is told of, and the password of the backup', async () => {
    const before = databases.findLast(({ host }) => host === old.host)?.password;
    await expect(development.apply(...restoring(old.id))).rejects.toThrow(
      /flexibleServers\/.*\/databases\/moodle" already/,
    );
    const now = await serverOf(development);
    expect(now.host).not.toBe(old.host);
    const database = 'azurerm_postgresql_flexible_server_database.moodle';
    const imported = await development.run('import', ...restoring(old.id), database, `${now.id}/databases/moodle`);
    expect(imported).toMatchObject({ exitCode: 0 });
    await development.apply(...restoring(old.id));
    expect(databases.at(-1)).toMatchObject({ host: now.host, password: before });
    // The key stays in the file, or is taken out.
    expect((await development.run('plan', '-detailed-exitcode', ...restoring(old.id))).exitCode).toBe(0);
    expect((await development.run('plan', '-detailed-exitcode')).exitCode).toBe(0);
  });
});

test('frontend waits for the Private Link Service, then asks it for admission, always with the same message', async () => {
  const {
    resource_group_name,
    node_resource_group_name,
    front_door_profile_name,
    front_door_endpoint_host,
    rate_limit_per_minute,
  } = await outputs(production);
  const names = {
    resource_group_name,
    node_resource_group_name,
    front_door_profile_name,
    front_door_endpoint_host,
    rate_limit_per_minute,
  };
  const root = await copy('frontend', 'infra/frontend', {
    environment: 'production',
    location: 'swedencentral',
    ...names,
  });
  await expect(root.apply()).rejects.toThrow('The Private Link Service moodle-svc-pls was not found');
  const message = /moodle-high-scale\/production\/[0-9a-f]{32}/;
  standIn.azure.privateLinkServiceFor(testService(), '127.0.0.1');
  await root.apply();
  const { private_link_request_message: nonce } = await outputs(root);
  expect(nonce).toMatch(message);
  expect(standIn.azure.connections().map(({ description }) => description)).toEqual([
    'Please approve my connection',
    nonce,
  ]);
  expect(await root.isClean()).toBe(true);
  await expect(production.apply('-destroy', '-target=azurerm_kubernetes_cluster.platform')).rejects.toThrow(
    'destroy root frontend first',
  );
  await root.apply('-destroy');
  expect(standIn.azure.connections()).toHaveLength(1);
});

test('frontend before the platform is planned, and its apply is refused', async () => {
  const root = await copy('early', 'infra/frontend', {
    environment: 'early',
    location: 'swedencentral',
    resource_group_name: 'nothing',
    node_resource_group_name: 'nothing-nodes',
    front_door_profile_name: 'nothing',
    rate_limit_per_minute: 66_000,
  });
  expect((await root.plan()).length).toBeGreaterThan(8);
  await expect(root.apply()).rejects.toThrow(/ResourceGroupNotFound/);
});

test('only override files are added to the roots, and another folder is refused', () => {
  const tree = join(home, 'production/infra');
  for (const file of ['variables.tf', 'cluster.tf', 'terraform.tf', 'outputs.tf', 'frontend/origin.tf'])
    expect(readFileSync(join(tree, file), 'utf8')).toBe(readFileSync(join(infra, file), 'utf8'));
  expect(() => overlayTerraform(join(home, 'nothing'), defaultLimits)).toThrow('is not a Terraform root');
});
