import { describe, expect, test } from '@jest/globals';
import type { ResourceChange } from '#toolkit/terraform/plan-format';
import { destructionsOf, destructionWarnings, refusalOf, refusedDestructions } from '../src/destroy-guard.ts';

const change = (type: string, actions: string[], more: Partial<ResourceChange> = {}): ResourceChange => ({
  address: `${type}.x`,
  mode: 'managed',
  type,
  change: { actions },
  ...more,
});

const SERVER = 'azurerm_postgresql_flexible_server';

test('deletes and replacements take away, in either order; nothing else does', () => {
  expect(
    destructionsOf([
      change('a', ['delete']),
      change('b', ['delete', 'create']),
      change('c', ['create', 'delete']),
      change('d', ['create']),
      change('e', ['update']),
      change('f', ['forget']),
      change('g', ['delete'], { mode: 'data' }),
    ]).map(({ address, action }) => `${action} ${address}`),
  ).toEqual(['replace b.x', 'replace c.x', 'delete a.x']);
});

describe('what holds data', () => {
  const gone = destructionsOf([
    change('azurerm_subnet', ['delete']),
    change(SERVER, ['delete', 'create']),
    change('azurerm_storage_share', ['delete'], { address: 'azurerm_storage_share.files["a"]' }),
  ]);

  test('is refused unless its very address is allowed', () => {
    expect(refusedDestructions(gone, []).map(({ address }) => address)).toEqual([
      `${SERVER}.x`,
      'azurerm_storage_share.files["a"]',
    ]);
    expect(refusedDestructions(gone, [`${SERVER}.x`]).map(({ address }) => address)).toEqual([
      'azurerm_storage_share.files["a"]',
    ]);
    expect(refusedDestructions(gone, [SERVER, `${SERVER}.*`, 'azurerm_storage_share.files'])).toHaveLength(2);
  });

  test('is not refused when a reviewed plan began to make it and did not finish', () => {
    expect(refusedDestructions(gone, ['azurerm_storage_share.files["a"]'], new Set([`${SERVER}.x`]))).toEqual([]);
  });

  test('is refused with the lines that would allow it', () => {
    expect(refusalOf(refusedDestructions(gone, []), 'apply')).toBe(
      [
        `This plan deletes or replaces ${SERVER}.x, azurerm_storage_share.files["a"], and with it what is stored there; it is refused.`,
        `If that is meant, give the input "allow-destroy" each address on a line of its own: ${SERVER}.x azurerm_storage_share.files["a"] (in an environment file: \`allowDestroy: ["${SERVER}.x", "azurerm_storage_share.files[\\"a\\"]"]\`).`,
      ].join('\n'),
    );
    expect(refusalOf(gone, 'plan')).toContain('it would be refused.');
  });
});

describe('warnings', () => {
  test('none without a destruction', () => {
    expect(destructionWarnings([])).toEqual([]);
  });

  test('data first and apart from the rest', () => {
    const gone = destructionsOf([
      change('azurerm_subnet', ['delete']),
      change(SERVER, ['delete', 'create']),
      change('azurerm_storage_share', ['create', 'delete']),
    ]);
    expect(destructionWarnings(gone)).toEqual([
      `Data would be lost: this plan replaces ${SERVER}.x, azurerm_storage_share.x.`,
      'This plan deletes azurerm_subnet.x.',
    ]);
  });

  test('many are counted', () => {
    const many = Array.from({ length: 25 }, (_, index) => change(`azurerm_subnet${index}`, ['delete']));
    expect(destructionWarnings(destructionsOf(many))[0]).toMatch(/azurerm_subnet17\.x and 15 more\.$/);
  });
});
