/** Other ways to plan, other roots than the toolkit's, and what must not be destroyed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { startTestAzure, testIds } from '../../../rehearsal/azure/testing.ts';
import { serveTestProviders } from '../../../rehearsal/terraform/provider/testing.ts';
import { crossing, TEST_KEY } from './crossing.ts';
import { SMALL, type TestRoot, testRoot } from './root.ts';

jest.setTimeout(60_000);

let root: TestRoot;
afterEach(() => root.remove());
const stateText = (name = 'test-infra.tfstate'): string => readFileSync(join(root.workspace, 'state', name), 'utf8');
const targetsOf = (steps: string | undefined): string[] =>
  (JSON.parse(steps ?? '[]') as { action: string; target: string }[]).map(
    ({ action, target }) => `${action} ${target}`,
  );

test('targets: only these', async () => {
  root = testRoot(SMALL);
  const end = await root.run({ mode: 'plan', targets: 'terraform_data.one\nterraform_data.each["b"]' });
  expect(targetsOf(end.outputs.steps)).toEqual(['create terraform_data.each["b"]', 'create terraform_data.one']);
});

test('replace: what nothing else demands', async () => {
  root = testRoot(SMALL);
  await root.run();
  const end = await root.run({ mode: 'plan', replace: 'terraform_data.one' });
  expect(targetsOf(end.outputs.steps)).toEqual(['replace terraform_data.one']);
});

test('options are part of what was reviewed', async () => {
  root = testRoot(SMALL);
  const run = crossing(root);
  await run.plan({ targets: 'terraform_data.one' });
  const stopped = await run.apply();
  expect(stopped.outputs['failure-reason']).toBe('plan-changed');
  expect(stopped.log).toContain('Planned with the options target=terraform_data.one, now with none.');
  expect((await run.apply({ targets: 'terraform_data.one' })).outputs['create-count']).toBe('1');
});

test('files of variables: the later wins, and variables over all', async () => {
  root = testRoot(
    `${SMALL}variable "a" {}\nvariable "b" {}\noutput "seen" {\n  value = "\${var.a} \${var.b} \${var.size}"\n}\n`,
  );
  root.write('vars/one.tfvars', 'a = "one"\nb = "one"\nsize = 1\n');
  root.write('vars/two.tfvars.json', '{"b": "two", "size": 2}');
  const end = await root.run({ 'var-files': 'vars/one.tfvars\nvars/two.tfvars.json', variables: '{"size": 3}' });
  expect(JSON.parse(end.outputs.outputs ?? '')).toMatchObject({ seen: 'one two 3' });
  const missing = await root.run({ 'var-files': 'vars/three.tfvars' });
  expect(missing.errors).toEqual(['Input "var-files" names vars/three.tfvars, which does not exist.']);
});

test('a workspace has a state of its own', async () => {
  root = testRoot(SMALL);
  const end = await root.run({ workspace: 'blue', 'backend-config': `workspace_dir=${root.workspace}/state` });
  expect(end).toMatchObject({ exitCode: 0, errors: [] });
  expect(stateText('blue/terraform.tfstate')).toContain('terraform_data');
});

test('refresh-only tells the outputs as they were deployed, whatever the variables are now', async () => {
  root = testRoot(SMALL);
  const before = await root.run({ mode: 'plan', 'refresh-only': 'true' });
  expect(before.outputs).toMatchObject({ outcome: 'unchanged' });
  expect(before.outputs).not.toHaveProperty('web-replicas');
  await root.run({ variables: '{"size": 2}' });
  const look = await root.run({ mode: 'plan', 'refresh-only': 'true', variables: '{"size": 3}' });
  expect(look.outputs).toMatchObject({ 'web-replicas': '2', 'cluster-name': 'moodle-2' });
});

test('drift: counted in a plan, and taken into the state by refresh-only, which touches nothing', async () => {
  root = testRoot('');
  const providers = await serveTestProviders();
  try {
    root.write(
      'infra/main.tf',
      `terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm" }
  }
}
provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "a" {
  name     = "a"
  location = "swedencentral"
  tags     = { of = "ours" }
}
`,
    );
    const { environment } = providers;
    expect((await root.run({}, { environment })).exitCode).toBe(0);
    const [group] = [...providers.cloud.resources.values()];
    if (group === undefined) throw new Error('There is no group.');
    (group as { tags: unknown }).tags = { of: 'somebody else' };

    const plan = await root.run({ mode: 'plan' }, { environment });
    expect(plan.outputs).toMatchObject({ drift: '1', 'update-count': '1' });
    const look = await root.run({ mode: 'plan', 'refresh-only': 'true' }, { environment });
    expect(look.outputs).toMatchObject({ outcome: 'planned', drift: '1', 'update-count': '0' });
    expect(JSON.parse(look.outputs.steps ?? '')).toEqual([
      { action: 'accept', target: 'azurerm_resource_group.a', reason: 'changed outside of Terraform: tags' },
    ]);
    const accepted = await root.run({ 'refresh-only': 'true' }, { environment });
    expect(accepted).toMatchObject({ exitCode: 0, errors: [] });
    expect(stateText()).toContain('somebody else');
    expect((await root.run({ mode: 'plan', 'refresh-only': 'true' }, { environment })).outputs.outcome).toBe(
      'unchanged',
    );
  } finally {
    await providers.stop();
  }
});

describe('another root', () => {
  const THEIRS = `
resource "terraform_data" "bucket" {
  input = { name = "theirs", tags = ["a", "b"] }
}
output "bucket" {
  value = terraform_data.bucket.output
}
output "numbers" {
  value = [1, 2, 3]
}
output "token" {
  value     = "hush-4711-hush"
  sensitive = true
}
`;
  test('gives its outputs as one JSON object, without the sensitive ones', async () => {
    root = testRoot(THEIRS);
    const end = await root.run();
    expect(JSON.parse(end.outputs.outputs ?? '')).toEqual({
      bucket: { name: 'theirs', tags: ['a', 'b'] },
      numbers: [1, 2, 3],
    });
    expect(end.log.replaceAll('::add-mask::hush-4711-hush', '')).not.toContain('hush-4711');
  });

  test('is told when it should be one of ours', async () => {
    root = testRoot(THEIRS);
    const end = await root.run({ mode: 'plan', 'outputs-of': 'front-door' });
    expect(end.outputs['failure-reason']).toBe('outputs-invalid');
    expect(end.errors[0]).toContain(
      'Output "host_name" is missing: the root infra must have it, as `output "host_name"`.',
    );
  });
});

describe('what holds data', () => {
  const TWO = `terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm" }
  }
}
provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "a" {
  name     = "a"
  location = "swedencentral"
}
`;
  const ADDRESS = 'azurerm_resource_group.b';
  const SECOND = 'resource "azurerm_resource_group" "b" {\n  name     = "b"\n  location = "swedencentral"\n}\n';

  test('is not deleted, and the plan says so; the line that is shown allows it', async () => {
    root = testRoot(TWO + SECOND);
    const providers = await serveTestProviders();
    try {
      const { environment } = providers;
      expect((await root.run({}, { environment })).exitCode).toBe(0);
      root.write('infra/main.tf', TWO);
      const plan = await root.run({ mode: 'plan' }, { environment });
      expect(plan.exitCode).toBe(0);
      expect(plan.warnings[0]).toContain(
        `This plan deletes ${ADDRESS}, and with it what is stored there; it would be refused.`,
      );
      expect(plan.outputs['has-destroys']).toBe('true');
      expect(plan.summary).toContain('would be refused');

      const refused = await root.run({}, { environment });
      expect(refused.exitCode).toBe(1);
      expect(refused.outputs['failure-reason']).toBe('destroy-refused');
      expect(refused.errors[0]).toContain(`allowDestroy: ["${ADDRESS}"]`);
      expect(providers.cloud.resources.size).toBe(2);

      const allowed = await root.run({ 'allow-destroy': ADDRESS }, { environment });
      expect(allowed).toMatchObject({ exitCode: 0, errors: [] });
      expect(allowed.warnings).toEqual([`Data would be lost: this plan deletes ${ADDRESS}.`]);
      expect(providers.cloud.resources.size).toBe(1);
    } finally {
      await providers.stop();
    }
  });
});

describe('the key from a Key Vault', () => {
  const vaultId = `/subscriptions/${testIds.subscriptionId}/resourceGroups/state/providers/Microsoft.KeyVault/vaults/state-kv`;

  test('is read with the identity of the job, and is masked', async () => {
    root = testRoot(SMALL);
    const azure = await startTestAzure();
    try {
      const { terraform } = azure.azure;
      await terraform.write(
        'azurerm_resource_group',
        vaultId.split('/providers')[0] ?? '',
        { name: 'state', location: 'x' },
        {},
      );
      await terraform.write('azurerm_key_vault', vaultId, { name: 'state-kv', location: 'x' }, {});
      const secret = 'https://state-kv.vault.azure.net/secrets/plan-key';
      await terraform.write(
        'azurerm_key_vault_secret',
        secret,
        { key_vault_id: vaultId, name: 'plan-key' },
        { value_wo: TEST_KEY },
      );
      const inputs = {
        'plan-key': '',
        'plan-key-vault': vaultId,
        'azure-tenant-id': testIds.tenantId,
        'azure-client-id': testIds.clientId,
        'azure-subscription-id': testIds.subscriptionId,
        'azure-authority-host': azure.azure.url,
        'azure-resource-manager-endpoint': azure.azure.url,
      };
      const environment = { NODE_EXTRA_CA_CERTS: azure.caFile, ...azure.issuer.environment() };
      const run = crossing(root);
      const plan = await run.plan(inputs, environment);
      expect(plan.errors).toEqual([]);
      expect(plan.log).toContain(`::add-mask::${TEST_KEY}`);
      expect(plan.log.replaceAll(`::add-mask::${TEST_KEY}`, '')).not.toContain(TEST_KEY);
      expect(existsSync(run.file)).toBe(true);
      const applied = await run.apply(inputs, { environment });
      expect(applied.outputs.outcome).toBe('applied');

      const missing = await run.plan({ ...inputs, 'plan-key-secret': 'another' }, environment);
      expect(missing.errors[0]).toContain('Key Vault state-kv has no secret another; make it once, with the output of');
    } finally {
      await azure.stop();
    }
  });

  test('is named by the id of the vault', async () => {
    root = testRoot(SMALL);
    const wrong = await root.run({ mode: 'plan', 'plan-key-vault': 'state-kv' });
    expect(wrong.errors[0]).toContain('Input "plan-key-vault" must be the resource id of a Key Vault');
    const twice = await root.run({ mode: 'plan', 'plan-key-vault': vaultId, 'plan-key': TEST_KEY });
    expect(twice.errors[0]).toBe('Of the inputs "plan-key" and "plan-key-vault" only one may be given.');
  });
});
