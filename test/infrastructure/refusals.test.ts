/** What real terraform says of a root with a mistake in it, and of values that cannot be planned. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openWorkbench, platformVariables, succeeded, type Workbench } from './terraform-plan.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench();
  succeeded(await bench.init('infra'));
}, 60_000);

afterAll(() => bench.close());

/** Terraform frames and wraps its messages. */
const unwrapped = (text: string): string => text.replace(/[│╷╵]/g, ' ').replace(/\s+/g, ' ');

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
});

describe('a value that cannot be planned', () => {
  const plan = async (variables: Record<string, unknown>): Promise<string> => {
    const { exitCode, stderr } = await bench.plan('infra', {
      ...platformVariables('production'),
      ...variables,
    });
    expect(exitCode).toBe(1);
    // Terraform keeps the part of a plan that does not depend on the value, to be looked at; it never applies it.
    const applied = await bench.run('infra', ['apply', '-input=false', '-no-color', 'test.plan']);
    expect(applied).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Cannot apply incomplete plan') });
    return unwrapped(stderr);
  };

  test.each([
    ['no users', { concurrent_users: 0 }, 'concurrent_users is 0; give a whole number from 100 to '],
    ['ten million users', { concurrent_users: 10_000_000 }, 'concurrent_users is 10000000; give a whole number'],
    ['a region without zones', { zones: [] }, 'zones is []; give '],
    ['one zone', { zones: ['1'] }, 'zones is [1]; give '],
    ['a network that is too small', { address_space: '10.64.0.0/24' }, 'address_space is "10.64.0.0/24"; give '],
    ['too few pod addresses', { pod_address_space: '10.128.0.0/20' }, 'pod_address_space is "10.128.0.0/20"; give '],
    ['no standby in production', { high_availability: false }, 'high_availability is false in production'],
  ])('%s', async (_, variables, message) => {
    expect(await plan(variables)).toContain(message);
  });
});
