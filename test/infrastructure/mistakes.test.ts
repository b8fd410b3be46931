/** What real terraform says of a root with a mistake in it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openWorkbench, succeeded, unwrapped, type Workbench } from './terraform-plan.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench();
  succeeded(await bench.init('infra'));
}, 60_000);

afterAll(() => bench.close());

/** Changes one file of the copy, validates, and puts it back. */
async function validateWith(file: string, change: (text: string) => string): Promise<string> {
  const path = join(bench.folder, file);
  const original = readFileSync(path, 'utf8');
  const changed = change(original);
  expect(changed).not.toBe(original);
  writeFileSync(path, changed);
  try {
    const { exitCode, stderr } = await bench.run('infra', ['validate', '-no-color']);
    expect(exitCode).toBe(1);
    return unwrapped(stderr);
  } finally {
    writeFileSync(path, original);
  }
}

describe('a mistake in the files', () => {
  const group = 'resource "azurerm_resource_group" "platform" {\n';

  test('none', async () => {
    expect(await bench.run('infra', ['validate', '-no-color'])).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ['an unknown argument', group, `${group}  colour = "blue"\n`, /argument named "colour" is not expected/],
    ['a missing required argument', /\n {2}location = var\.location/, '', /argument "location" is required/],
    ['an unknown block', group, `${group}  shelf {\n  }\n`, /Blocks of type "shelf" are not expected here/],
    [
      'an argument that must be a block',
      group,
      `${group}  timeouts = "1h"\n`,
      /argument named "timeouts" is not expected here. Did you mean to define a block/,
    ],
    ['a wrong type', /tags {5}= local\.tags/, 'tags = "moodle"', /attribute "tags": map of string required/],
    [
      'an unknown resource type',
      group,
      `resource "azurerm_moon" "planted" {\n}\n\n${group}`,
      /does not support resource type "azurerm_moon"/,
    ],
    [
      'an undeclared variable',
      'location = var.location',
      'location = var.place',
      /input variable with the name "place" has not been declared/,
    ],
  ])('%s', async (_, pattern, replacement, message) => {
    expect(await validateWith('main.tf', (text) => text.replace(pattern, replacement))).toMatch(message);
  });

  test.each([
    [
      'a missing required block',
      'cluster.tf',
      'node_provisioning_profile {',
      'web_app_routing {',
      /At least 1 "node_provisioning_profile" blocks are required/,
    ],
    [
      'an attribute that a resource does not have',
      'outputs.tf',
      'platform.login_server',
      'platform.login_host',
      /no argument, nested block, or exported attribute named "login_host"/,
    ],
    [
      'an argument that azurerm 5 has dropped',
      'registry.tf',
      'admin_enabled ',
      'trust_policy_enabled ',
      /argument named "trust_policy_enabled" is not expected here/,
    ],
  ])('%s', async (_, file, text, replacement, message) => {
    expect(await validateWith(file, (original) => original.replace(text, replacement))).toMatch(message);
  });
});
