import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { runTerraform } from './run.testing.ts';

const infra = resolve(import.meta.dirname, '../../infra');
const home = mkdtempSync(join(tmpdir(), 'infra-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** All HCL of a root as one text. */
function hcl(folder: string): string {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.tf'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

test('every file is formatted', async () => {
  expect(await runTerraform(infra, ['fmt', '-check', '-recursive', '-diff'])).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
});

test('the capacity model passes its own tests', async () => {
  const module = join(home, 'capacity');
  cpSync(join(infra, 'modules/capacity'), module, {
    recursive: true,
    filter: (source) => !source.includes('.terraform'),
  });
  expect(await runTerraform(module, ['init', '-input=false', '-no-color'])).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await runTerraform(module, ['test', '-no-color']);
  expect(stdout).toMatch(/Success! [1-9]\d+ passed, 0 failed\./);
  expect(exitCode).toBe(0);
}, 60_000);

test('every constant of the capacity model can be given, and no other', () => {
  const names = [...readFileSync(join(infra, 'variables.tf'), 'utf8').matchAll(/contains\(\[([^\]]*)\], name\)/g)]
    .flatMap(([, list = '']) => [...list.matchAll(/"(\w+)"/g)])
    .map(([, name]) => name);
  const model = readFileSync(join(infra, 'modules/capacity/variables.tf'), 'utf8');
  expect(names).toEqual([...model.matchAll(/^\s*(\w+)\s*=\s*optional\(/gm)].map(([, name]) => name));
});

describe('what must never come back', () => {
  const platform = hcl(infra);
  const frontend = hcl(join(infra, 'frontend'));
  const bootstrap = hcl(join(infra, 'bootstrap'));

  test.each([
    ['Spot nodes', /priority\s*=\s*"Spot"/],
    ['one zone', /zones\s*=\s*\[\s*"?1"?\s*\]/],
    ['local accounts', /local_account_disabled\s*=\s*false/],
    [
      'a password that the state keeps',
      /administrator_password\s*=|^\s*value\s*=\s*(random_|ephemeral)|resource "random_(string|password)"/m,
    ],
    ['shared keys', /shared_access_key_enabled\s*=\s*true/],
    ['a time in the plan', /timestamp\(\)|plantimestamp\(\)/],
    [
      'names that azurerm 4 and 5 dropped',
      /enable_auto_scaling|enable_https_traffic_only|^\s*storage_account_name\s*=|parent_id/m,
    ],
    ['rights on the whole group', /role_definition_name\s*=\s*"(Owner)"/],
  ])('no %s', (_, pattern) => {
    expect(platform).not.toMatch(pattern);
    expect(frontend).not.toMatch(pattern);
    expect(bootstrap).not.toMatch(pattern);
  });

  test('the front door caches nothing by default and asks every page of Moodle', () => {
    const route = /resource "azurerm_cdn_frontdoor_route"[\s\S]*?^}/m.exec(frontend)?.[0] ?? '';
    expect(route).toContain('patterns_to_match');
    expect(route).not.toMatch(/cache \{/);
  });

  test('both roots name the same providers and the same floor', () => {
    const versions = (text: string): string[] =>
      [...text.matchAll(/version\s*=\s*"([^"]+)"/g)].map(([, version]) => version ?? '');
    expect(versions(readFileSync(join(infra, 'terraform.tf'), 'utf8'))).toEqual(
      versions(readFileSync(join(infra, 'frontend/terraform.tf'), 'utf8')),
    );
  });

  test('every variable is described, typed and checked', () => {
    for (const text of [platform, frontend, bootstrap]) {
      const variables = [...text.matchAll(/^variable "(\w+)" \{[\s\S]*?^}/gm)];
      expect(variables.length).toBeGreaterThan(4);
      for (const [block, name] of variables) {
        expect({ name, described: /description\s*=/.test(block), typed: /\btype\s*=/.test(block) }).toEqual({
          name,
          described: true,
          typed: true,
        });
        const free = /type\s*=\s*bool/.test(block) || name === 'front_door_endpoint_host';
        expect({ name, checked: free || /validation \{/.test(block) }).toEqual({ name, checked: true });
      }
    }
  });
});
