import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { azurermSchema } from './azurerm.ts';
import { typesWithIds } from './ids.ts';
import { randomProvider } from './random.ts';
import type { Block } from './schema.ts';

const infra = resolve(import.meta.dirname, '../../../infra');
const azurerm = azurermSchema();
const random = randomProvider().schema;

/** Types that the roots name after `kind`. */
function used(kind: string): string[] {
  const texts = [infra, join(infra, 'bootstrap'), join(infra, 'frontend')].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.tf'))
      .map((file) => readFileSync(join(folder, file), 'utf8')),
  );
  const names = texts.flatMap((text) =>
    [...text.matchAll(new RegExp(`^${kind} "(\\w+)"`, 'gm'))].map(([, name = '']) => name),
  );
  return [...new Set(names)].sort();
}

describe('the schemas have the types that infra/ uses, and no others: scripts/azurerm-schema.mjs renews them', () => {
  test.each([
    ['resource', 'resources'],
    ['data', 'dataSources'],
    ['ephemeral', 'ephemeral'],
  ] as const)('%s', (kind, part) => {
    expect(used(kind).length).toBeGreaterThan(0);
    expect([...Object.keys(azurerm[part]), ...Object.keys(random[part])].sort()).toEqual(used(kind));
  });

  test('every resource has its id in ids.ts', () => {
    expect([...typesWithIds].sort()).toEqual(Object.keys(azurerm.resources));
  });
});

/** Every attribute and block with its dotted path. */
function* walk(block: Block, path = ''): Generator<{ path: string; block: Block }> {
  yield { path, block };
  for (const [name, nested] of Object.entries(block.blocks)) yield* walk(nested.block, `${path}${name}.`);
}
const everywhere = Object.entries(azurerm.resources).flatMap(([type, { block }]) => [...walk(block, `${type}.`)]);
const attributes = everywhere.flatMap(({ path, block }) =>
  Object.entries(block.attributes).map(([name, attribute]) => ({ path: path + name, attribute })),
);

test('the file says where it is from, and holds no descriptions', () => {
  const text = readFileSync(join(import.meta.dirname, 'schema/azurerm.generated.json'), 'utf8');
  expect(JSON.parse(text).source).toMatchObject({
    version: '5.2.0',
    commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    licence: 'MPL-2.0',
    notice: expect.stringContaining('HashiCorp'),
  });
  // An attribute may be named so; its value is an object then.
  expect(/"description":"(?!string")/.test(text)).toBe(false);
});

test('every attribute is one that core accepts: required, or optional, or computed, and of a type', () => {
  for (const { path, attribute } of attributes) {
    const { required, optional, computed } = attribute;
    expect({
      path,
      valid: required === true ? !optional && !computed : optional === true || computed === true,
    }).toEqual({ path, valid: true });
    expect({ path, type: JSON.stringify(attribute.type) }).not.toMatchObject({
      type: expect.stringMatching(/dynamic|null|undefined/),
    });
  }
  expect(attributes.length).toBeGreaterThan(800);
});

test('write-only arguments and secrets are marked', () => {
  const marked = (flag: 'writeOnly' | 'sensitive') =>
    attributes.filter(({ attribute }) => attribute[flag] === true).map(({ path }) => path);
  expect(marked('writeOnly')).toEqual([
    'azurerm_key_vault_secret.value_wo',
    'azurerm_postgresql_flexible_server.administrator_password_wo',
    'azurerm_subnet.network_security_group_id_wo',
    'azurerm_subnet.route_table_id_wo',
  ]);
  expect(marked('sensitive')).toEqual(
    expect.arrayContaining([
      'azurerm_key_vault_secret.value',
      'azurerm_kubernetes_cluster.kube_config',
      'azurerm_kubernetes_cluster.service_principal.client_secret',
      'azurerm_storage_account.primary_access_key',
    ]),
  );
});

test('facts that version 5 of the provider changed', () => {
  const cluster = azurerm.resources.azurerm_kubernetes_cluster;
  expect(cluster?.version).toBe(2);
  expect(cluster?.block.blocks.node_provisioning_profile).toMatchObject({ min: 1, max: 1 });
  expect(azurerm.resources.azurerm_key_vault?.block.attributes.rbac_authorization_enabled).toMatchObject({
    required: true,
  });
  expect(azurerm.resources.azurerm_storage_share?.block.attributes.storage_account_name).toBeUndefined();
});
