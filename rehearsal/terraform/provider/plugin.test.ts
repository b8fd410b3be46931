/** The providers as a customer's machine has them: installed from a mirror by `terraform init`, started by terraform. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startTestAzure, type TestAzure } from '../../azure/testing.ts';
import { installMirror } from './mirror.testing.ts';
import { type TestRoot, testRoot } from './testing.ts';

jest.setTimeout(60_000);

const home = mkdtempSync(join(tmpdir(), 'mirror-test-'));
const plugin = join(import.meta.dirname, 'plugin.ts');
let standIn: TestAzure;
let environment: Record<string, string>;

beforeAll(async () => {
  standIn = await startTestAzure();
  environment = installMirror(home, standIn);
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
