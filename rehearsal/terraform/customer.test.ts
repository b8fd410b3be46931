/**
 * The real roots as a customer's machine has them: the terraform or tofu that is there, providers that `init` installs and
 * locks, a process and a TLS connection for each. Nothing tells the program that this is a rehearsal.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startTestAzure, type TestAzure } from '../azure/testing.ts';
import { installMirror } from './provider/mirror.testing.ts';
import { type TestRoot, testRoot } from './provider/testing.ts';
import { terraformBinary } from './run.testing.ts';

jest.setTimeout(120_000);

const home = mkdtempSync(join(tmpdir(), 'customer-test-'));
let standIn: TestAzure;
let root: TestRoot;

beforeAll(async () => {
  standIn = await startTestAzure();
  const infra = join(home, 'infra');
  cpSync(resolve(import.meta.dirname, '../../infra'), infra, {
    recursive: true,
    filter: (source) => !/\.terraform|tfstate/.test(source),
  });
  // The one thing that is not the customer's: there is no storage account to keep the state in.
  writeFileSync(join(infra, 'backend_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
  const variables = { environment: 'customer', location: 'swedencentral', concurrent_users: 20_000 };
  writeFileSync(join(infra, 'variables.auto.tfvars.json'), JSON.stringify(variables));
  root = testRoot(infra, installMirror(home, standIn));
});
afterAll(async () => {
  await standIn.stop();
  rmSync(home, { recursive: true, force: true });
});

test(`${terraformBinary()} installs, locks, validates, plans, applies and then has nothing to change`, async () => {
  expect(await root.run('init', '-input=false')).toMatchObject({ exitCode: 0 });
  const lock = readFileSync(join(root.folder, '.terraform.lock.hcl'), 'utf8');
  expect([...lock.matchAll(/^provider "[\w.]+\/(hashicorp\/\w+)"/gm)].map(([, name]) => name)).toEqual([
    'hashicorp/azurerm',
    'hashicorp/random',
  ]);
  expect(await root.run('validate')).toMatchObject({ exitCode: 0 });
  const changes = await root.plan();
  expect(changes.filter(({ change }) => change.actions.includes('create')).length).toBeGreaterThan(70);
  await root.apply();
  expect(await root.isClean()).toBe(true);
});

test('a lock file that is kept is enough for the next machine, and is not changed there', async () => {
  const lock = join(root.folder, '.terraform.lock.hcl');
  const before = readFileSync(lock, 'utf8');
  rmSync(join(root.folder, '.terraform'), { recursive: true });
  expect(await root.run('init', '-input=false', '-lockfile=readonly')).toMatchObject({ exitCode: 0 });
  expect(readFileSync(lock, 'utf8')).toBe(before);
});

test('packages that the lock file does not vouch for are not installed', async () => {
  const lock = join(root.folder, '.terraform.lock.hcl');
  const other = `h1:${Buffer.alloc(32).toString('base64')}`;
  writeFileSync(lock, readFileSync(lock, 'utf8').replaceAll(/"h1:[^"]+"/g, `"${other}"`));
  rmSync(join(root.folder, '.terraform'), { recursive: true });
  const { exitCode, stderr } = await root.run('init', '-input=false', '-lockfile=readonly');
  expect(exitCode).toBe(1);
  expect(stderr.replace(/\s*\n[│ ]*/g, ' ')).toMatch(/doesn't match any of the checksums/);
});
