import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runAction } from '../../../../test/support/action-process.ts';

const action = '.github/actions/environment';
const environments = resolve(import.meta.dirname, '../../../../environments');

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'environment-test-'));
  mkdirSync(join(workspace, 'environments'));
  for (const name of ['production', 'development']) {
    writeFileSync(join(workspace, 'environments', `${name}.yml`), readFileSync(join(environments, `${name}.yml`)));
  }
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

/** A GitHub API that answers one environment. */
async function withGitHub<T>(
  answer: { status: number; body: unknown },
  body: (url: string, asked: string[]) => Promise<T>,
): Promise<T> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    return await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

const KEY = '6Jf3dQm1x8Zr2LkV0pYtWcN7uBgH5sEa9oXiTqRy4Mz=';

const apply = (apiUrl: string, environment = 'production', inputs: Record<string, string> = { 'plan-key': KEY }) =>
  runAction({
    action,
    inputs: { environment, mode: 'apply', 'github-token': 'ghs_token', ...inputs },
    environment: { GITHUB_API_URL: apiUrl, GITHUB_REPOSITORY: 'example/site' },
    workingDirectory: workspace,
  });

describe('the bundle', () => {
  test('hands the settings on as JSON', async () => {
    const end = await runAction({ action, inputs: { environment: 'production' }, workingDirectory: workspace });
    expect(end.exitCode).toBe(0);
    expect(JSON.parse(end.outputs.settings ?? '')).toMatchObject({
      concurrentUsers: 400_000,
      moodle: { timezone: 'Etc/UTC' },
    });
    expect(JSON.parse(end.outputs['terraform-variables'] ?? '')).toMatchObject({
      environment: 'production',
      concurrent_users: 400_000,
    });
    expect(end.outputs['image-arguments']).toBe('MOODLE_VERSION=4.5.8');
  });

  test('before anything signs in, says which variables are missing, and of which GitHub environment', async () => {
    const variables = { AZURE_TENANT_ID: 't', AZURE_SUBSCRIPTION_ID: 's', TERRAFORM_BACKEND_CONFIG: 'key=x' };
    const look = (more: Record<string, string>) =>
      runAction({
        action,
        inputs: {
          environment: 'production',
          variables: JSON.stringify({ ...variables, ...more }),
          'variables-of': 'production-plan',
        },
        workingDirectory: workspace,
      });
    expect((await look({ AZURE_CLIENT_ID: 'c' })).errors).toEqual([]);
    expect((await look({ AZURE_CLIENT_ID: ' ' })).errors).toEqual([
      'The GitHub environment "production-plan" has no variable AZURE_CLIENT_ID (the client id of the identity that the job signs in with), and the repository has none of that name either. Set it, or give the name of an environment that has: docs/getting-started.md. Nothing was done.',
    ]);
    const [two] = (await look({ AZURE_TENANT_ID: '' })).errors;
    expect(two).toContain('has no variables AZURE_TENANT_ID (the Microsoft Entra tenant), AZURE_CLIENT_ID (');
  });

  test('gives the image build its plugins, one beside the other', async () => {
    const file = join(workspace, 'environments/production.yml');
    const plugins = ['local/a', 'admin/tool/b'].map((path) => ({
      path,
      version: '2026010100',
      url: `https://example.org/${path}.tar.gz`,
      sha256: 'a'.repeat(64),
    }));
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('moodle:\n', `moodle:\n  plugins: ${JSON.stringify(plugins)}\n`),
    );
    const end = await runAction({ action, inputs: { environment: 'production' }, workingDirectory: workspace });
    const sha = 'a'.repeat(64);
    expect(end.outputs['image-arguments']).toBe(
      `MOODLE_VERSION=4.5.8\nPLUGINS=local/a https://example.org/local/a.tar.gz ${sha};admin/tool/b https://example.org/admin/tool/b.tar.gz ${sha}`,
    );
    expect(end.log).toContain('Moodle 4.5.8 with local/a 2026010100, admin/tool/b 2026010100');
  });

  test('gives Terraform what the file chooses, under the names that infra/ has', async () => {
    const infra = resolve(environments, '../infra');
    const names = readdirSync(infra)
      .filter((name) => /^variables.*\.tf$/.test(name))
      .flatMap((name) => [...readFileSync(join(infra, name), 'utf8').matchAll(/^variable "(\w+)"/gm)])
      .map(([, name]) => name);
    const file = join(workspace, 'environments/production.yml');
    const choices = {
      access: {
        deployerObjectIds: ['8b1c0f5e-0000-4000-8000-000000000001'],
        plannerObjectIds: ['8b1c0f5e-0000-4000-8000-000000000002'],
        adminGroupObjectIds: [],
        databaseAdmin: { objectId: '8b1c0f5e-0000-4000-8000-000000000003', name: 'Database administrators' },
        operatorIpRanges: ['203.0.113.0/24'],
        privateCluster: true,
      },
      platform: {
        kubernetesVersion: '1.34',
        highAvailability: true,
        backupRetentionDays: 14,
        geoRedundantBackup: true,
        databaseReplicas: 1,
        databaseRestore: {
          from: '/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/moodle',
          at: '2027-01-18T03:15:04Z',
          fromPairedRegion: true,
        },
        passwordVersion: 2,
        zones: ['1', '2', '3'],
        certificateName: 'moodle',
        addressSpace: '10.64.0.0/16',
        podAddressSpace: '10.128.0.0/14',
        privateRegistry: true,
        alertEmails: ['on-call@example.org'],
        maintenanceFreezes: [{ start: '2027-01-18T00:00:00Z', end: '2027-01-30T00:00:00Z' }],
        logRetentionDays: 90,
      },
      firewall: { mode: 'Detection', rateLimitAction: 'Block', usersBehindOneAddress: 20_000 },
      capacityAssumptions: { think_seconds: 40 },
    };
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8')}\ndomain: exams.example.org\nexamStartSeconds: 90\n${Object.entries(choices)
        .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
        .join('')}`,
    );
    const end = await runAction({ action, inputs: { environment: 'production' }, workingDirectory: workspace });
    const variables = JSON.parse(end.outputs['terraform-variables'] ?? '{}') as Record<string, unknown>;
    expect(Object.keys(variables).filter((name) => !names.includes(name))).toEqual([]);
    expect(variables).toMatchObject({
      domain: 'exams.example.org',
      planner_object_ids: ['8b1c0f5e-0000-4000-8000-000000000002'],
      operator_ip_ranges: ['203.0.113.0/24'],
      kubernetes_version: '1.34',
      private_registry: true,
      alert_emails: ['on-call@example.org'],
      maintenance_freezes: [{ start: '2027-01-18T00:00:00Z', end: '2027-01-30T00:00:00Z' }],
      log_retention_days: 90,
      exam_start_seconds: 90,
      database_restore: {
        from: '/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/moodle',
        at: '2027-01-18T03:15:04Z',
        from_paired_region: true,
      },
      capacity_assumptions: { think_seconds: 40 },
      users_behind_one_address: 20_000,
      database_admin: {
        object_id: '8b1c0f5e-0000-4000-8000-000000000003',
        name: 'Database administrators',
        type: 'Group',
      },
    });
    expect(JSON.parse(end.outputs.settings ?? '')).toMatchObject({ firewall: choices.firewall });
  });

  test('a file that is not there: says which there are', async () => {
    const end = await runAction({ action, inputs: { environment: 'prod' }, workingDirectory: workspace });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([
      'There is no environment file environments/prod.yml; environments has development.yml, production.yml.',
    ]);
    expect(end.outputs).toEqual({});
  });

  test('an unknown key: names it and the known ones', async () => {
    writeFileSync(join(workspace, 'environments/production.yml'), 'name: production\nlocaton: x\n');
    const end = await runAction({ action, inputs: { environment: 'production' }, workingDirectory: workspace });
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toContain('"localhost"'.replace('localhost', 'locaton'));
  });

  test('nothing given: all that is required is named', async () => {
    const end = await runAction({ action });
    expect(end.errors).toEqual(['Input "environment" is required and was not given.']);
  });

  test('a gate with reviewers is let pass, and asked with the token', async () => {
    await withGitHub(
      { status: 200, body: { name: 'production', protection_rules: [{ id: 1, type: 'required_reviewers' }] } },
      async (url, asked) => {
        const end = await apply(url);
        expect(end.log).toContain('Gate: environment production has required reviewers');
        expect(end.exitCode).toBe(0);
        expect(asked).toEqual(['GET /repos/example/site/environments/production token ghs_token']);
        expect(end.log.replace('::add-mask::ghs_token', '')).not.toContain('ghs_token');
      },
    );
  });

  test('a gate that does not exist stops: GitHub would make it without protection', async () => {
    await withGitHub({ status: 404, body: { message: 'Not Found' } }, async (url) => {
      const end = await apply(url);
      expect(end.exitCode).toBe(1);
      expect(end.errors[0]).toBe(
        'Repository example/site has no environment "production"; make it in https://github.com/example/site/settings/environments before the first deployment.',
      );
    });
  });

  test('a gate without reviewers stops when the file asks for approval', async () => {
    await withGitHub({ status: 200, body: { name: 'production', protection_rules: [] } }, async (url) => {
      const end = await apply(url);
      expect(end.exitCode).toBe(1);
      expect(end.errors[0]).toContain('has no required reviewers, but its file says "approval: required"');
    });
  });

  test('an apply needs a key that cannot be guessed, or a vault that has one; a plan needs none', async () => {
    await withGitHub({ status: 200, body: { name: 'development', protection_rules: [] } }, async (url) => {
      const none = await apply(url, 'development', {});
      expect(none.errors).toEqual([
        'The secret PLAN_KEY is empty, and mode apply needs it: reviewed plans are encrypted with it. Make one with `openssl rand -base64 32`, keep it as a secret of the GitHub environments development-plan and development-deploy or of the repository, and hand it to the workflow with "secrets: PLAN_KEY".',
      ]);
      const weak = await apply(url, 'development', { 'plan-key': 'hunter2' });
      expect(weak.errors[0]).toContain(
        'The secret PLAN_KEY has 7 characters; it must be at least 32 random characters.',
      );
      expect((await apply(url, 'development', { 'plan-key-vault': '/subscriptions/…' })).exitCode).toBe(0);
    });
    const plan = await runAction({ action, inputs: { environment: 'development' }, workingDirectory: workspace });
    expect(plan.exitCode).toBe(0);
  });

  test('what may be destroyed is handed on, one address a line', async () => {
    const file = join(workspace, 'environments/development.yml');
    const text = readFileSync(file, 'utf8');
    const run = () => runAction({ action, inputs: { environment: 'development' }, workingDirectory: workspace });
    expect((await run()).outputs['allow-destroy']).toBe('');
    writeFileSync(file, `${text}allowDestroy:\n  - azurerm_storage_account.files\n  - 'module.a.b["x y"]'\n`);
    expect((await run()).outputs['allow-destroy']).toBe('azurerm_storage_account.files\nmodule.a.b["x y"]');
    writeFileSync(file, `${text}allowDestroy: [storage]\n`);
    expect((await run()).errors[0]).toContain(
      'must be the address of a resource, such as azurerm_storage_account.files',
    );
  });

  test('a gate without reviewers is right for a file that says so', async () => {
    await withGitHub({ status: 200, body: { name: 'development', protection_rules: [] } }, async (url) => {
      expect((await apply(url, 'development')).exitCode).toBe(0);
    });
  });

  test('a token that may not look: says which permission is missing', async () => {
    await withGitHub({ status: 403, body: { message: 'Resource not accessible by integration' } }, async (url) => {
      expect((await apply(url)).errors[0]).toContain('permissions: actions: read');
    });
  });

  test('apply without a token is refused', async () => {
    const end = await runAction({
      action,
      inputs: { environment: 'production', mode: 'apply' },
      workingDirectory: workspace,
    });
    expect(end.errors).toEqual(['Input "github-token" is needed in mode apply, to look at the gate.']);
  });
});
