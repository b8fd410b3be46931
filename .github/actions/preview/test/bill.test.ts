import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runAction } from '../../../../test/support/action-process.ts';
import { costCells, monthlyCost } from '../src/bill.ts';

const prices = {
  currency: 'USD',
  prices: {
    'vm/a': { price: 2, unit: 'hour', region: 'eastus', date: '2026-01-01', source: 'https://example.org' },
  },
};

const bill = (hours: number) => [
  { item: 'vm/a', unit: 'hour', least: hours / 2, expected: hours, most: hours * 2 },
  { item: 'not/priced', unit: 'hour', least: 1, expected: 1, most: 1 },
];
const plan = (before: unknown, after: unknown) => ({ output_changes: { bill_of_materials: { before, after } } });

describe('the cost of a month', () => {
  test('of a platform that is not there yet, and of one that grows', () => {
    expect(monthlyCost(plan(null, bill(730)), prices)).toEqual({
      currency: 'USD',
      deployed: undefined,
      withoutChange: undefined,
      after: 1460,
      least: 730,
      most: 2920,
    });
    expect(monthlyCost(plan(bill(365), bill(730)), prices)).toMatchObject({ deployed: 730, after: 1460 });
    const without = JSON.stringify(bill(500));
    expect(monthlyCost(plan(bill(365), bill(730)), prices, without)).toMatchObject({
      deployed: 730,
      withoutChange: 1000,
    });
  });

  test.each([
    ['new', undefined, 1460, ['+1,460&nbsp;USD', '1,460 USD; 100 at its fewest nodes, 200 USD at its most']],
    [
      'more',
      1000,
      1100,
      ['+100&nbsp;USD', 'from 1,000 to 1,100 USD (+10 %); 100 at its fewest nodes, 200 USD at its most'],
    ],
    [
      'less',
      128_456,
      66_543,
      ['−61,900&nbsp;USD', 'from 128,000 to 66,500 USD (−48 %); 100 at its fewest nodes, 200 USD at its most'],
    ],
    ['the same', 1000, 1000.5, ['no change', '1,000 USD; 100 at its fewest nodes, 200 USD at its most']],
  ])('%s', (_, deployed, after, cells) => {
    const cost = { currency: 'USD', deployed, withoutChange: undefined, after, least: 100, most: 200 };
    expect(costCells(cost)).toEqual(cells);
  });

  const range = '100 at its fewest nodes, 200 USD at its most';
  test.each([
    [
      'as deployed',
      1000,
      1000,
      1100,
      ['+100&nbsp;USD', `by this pull request from 1,000 to 1,100 USD (+10 %); ${range}`],
    ],
    [
      'beside what was merged and not deployed',
      500,
      1000,
      1100,
      [
        '+100&nbsp;USD',
        `by this pull request from 1,000 to 1,100 USD (+10 %); ${range}. What is deployed costs 500 USD`,
      ],
    ],
    [
      'of nothing that costs',
      500,
      1000,
      1000,
      ['no change', `1,000 USD with and without this pull request; ${range}. What is deployed costs 500 USD`],
    ],
    [
      'before the first deployment',
      undefined,
      1000,
      900,
      ['−100&nbsp;USD', `by this pull request from 1,000 to 900 USD (−10 %); ${range}. Nothing is deployed yet`],
    ],
  ])('of a pull request: %s', (_, deployed, withoutChange, after, cells) => {
    expect(costCells({ currency: 'USD', deployed, withoutChange, after, least: 100, most: 200 })).toEqual(cells);
  });

  test('is not told of a plan without a bill, or with one of another version', () => {
    expect(monthlyCost({}, prices)).toBeUndefined();
    expect(monthlyCost(plan(null, undefined), prices)).toBeUndefined();
    expect(monthlyCost(plan(null, [{ item: 1 }]), prices)).toBeUndefined();
  });

  test('is a row of the preview, by the published prices', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bill-test-'));
    try {
      const file = join(folder, 'plan.json');
      const machines = [{ item: 'vm/Standard_D4ds_v5', unit: 'hour', least: 730, expected: 730, most: 1460 }];
      writeFileSync(file, JSON.stringify(plan(null, machines)));
      const infra = { outputs: { outcome: 'unchanged', steps: '[]', 'plan-json-path': file } };
      const show = (steps: object) =>
        runAction({
          action: '.github/actions/preview',
          inputs: {
            environment: 'production',
            plans: JSON.stringify(steps),
            prices: resolve(import.meta.dirname, '../../../../scripts/capacity/prices.json'),
            'before-change': 'base-capacity',
          },
          environment: { RUNNER_TEMP: folder },
        });
      const end = await show({ infra });
      expect(end.errors).toEqual([]);
      expect(end.outputs.markdown).toContain(
        '| Cost of a month, estimated | +165&nbsp;USD | 165 USD; 165 at its fewest nodes, 330 USD at its most |',
      );
      const outputs = { outcome: 'planned', steps: '[]', 'bill-of-materials': JSON.stringify(machines) };
      const pullRequest = await show({ infra, 'base-capacity': { outputs } });
      expect(pullRequest.outputs.markdown).toContain(
        '| Cost of a month, estimated | no change | 165 USD with and without this pull request; ',
      );
      expect(pullRequest.outputs.markdown).not.toContain('base-capacity');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
