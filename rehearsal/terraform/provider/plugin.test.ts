/** The providers as a customer's machine has them: installed from a mirror by `terraform init`, started by terraform. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startTestAzure, type TestAzure, testIds } from '../../azure/testing.ts';
import { type TestRoot, testRoot } from './testing.ts';

jest.setTimeout(60_000);

const home = mkdtempSync(join(tmpdir(), 'mirror-test-'));
const plugin = join(import.meta.dirname, 'plugin.ts');
let standIn: TestAzure;
let environment: Record<string, string>;

beforeAll(async () => {
  standIn = await startTestAzure();
  for (const [name, version] of [
    ['azurerm', '5.2.0'],
    ['random', '3.7.2'],
  ] as const) {
    const platform = `linux_${arch() === 'arm64' ? 'arm64' : 'amd64'}`;
    const folder = join(home, 'mirror/registry.terraform.io/hashicorp', name, version, platform);
    mkdirSync(folder, { recursive: true });
    const launcher = join(folder, `terraform-provider-${name}_v${version}_x5`);
    writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${plugin}' ${name}\n`, { mode: 0o755 });
  }
  const configuration = join(home, 'terraform.rc');
  writeFileSync(configuration, `provider_installation {\n  filesystem_mirror {\n    path = "${home}/mirror"\n  }\n}\n`);
  environment = {
    TF_CLI_CONFIG_FILE: configuration,
    NODE_EXTRA_CA_CERTS: standIn.caFile,
    REHEARSAL_AZURE_URL: standIn.azure.url,
    REHEARSAL_AZURE_KEY: standIn.azure.controlKey,
    ARM_SUBSCRIPTION_ID: testIds.subscriptionId,
    ARM_TENANT_ID: testIds.tenantId,
    ARM_CLIENT_ID: testIds.clientId,
  };
});
afterAll(async () => {
  await standIn.stop();
  rmSync(home, { recursive: true, force: true });
});

function root(name: string, constraint: string): TestRoot {
  return testRoot(
    join(home, name),
    environment,
    `terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm", version = "${constraint}" }
    random  = { source = "hashicorp/random", version = "~> 3.7" }
  }
}
provider "azurerm" {
  features {}
}
resource "random_id" "i" {
  byte_length = 2
}
resource "azurerm_resource_group" "g" {
  name     = "g-\${random_id.i.hex}"
  location = "westeurope"
}
`,
  );
}

test('init installs and locks them, apply and plan work over mutual TLS, and Azure has what was made', async () => {
  const one = root('ordinary', '~> 5.2');
  expect(await one.run('init', '-input=false')).toMatchObject({ exitCode: 0 });
  const lock = readFileSync(join(one.folder, '.terraform.lock.hcl'), 'utf8');
  expect(lock).toMatch(/hashicorp\/azurerm" \{\n {2}version {5}= "5\.2\.0"\n {2}constraints = "~> 5\.2"/);
  expect(lock).toContain('h1:');
  await one.apply();
  const { id } = JSON.parse(one.state()).resources.find(
    ({ type }: { type: string }) => type === 'azurerm_resource_group',
  ).instances[0].attributes;
  expect(await standIn.azure.terraform.read('azurerm_resource_group', id)).toMatchObject({ location: 'westeurope' });
  expect(await one.isClean()).toBe(true);
});

test('a version that the mirror does not have is refused', async () => {
  const { exitCode, stderr } = await root('old', '~> 4.0').run('init', '-input=false');
  expect(exitCode).toBe(1);
  expect(stderr.replace(/\s*\n[│ ]*/g, ' ')).toContain('no available releases match the given constraints ~> 4.0');
});

test('started by a person it says what it is', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [plugin, 'azurerm'], { env: {}, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('This is a Terraform provider (azurerm or random): terraform starts it.');
});
