/** The cost of a month: price files, and their multiplication by the model's quantities. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { costOf, type Quantity } from '#toolkit/cost/cost';
import { type Price, readPrices } from '#toolkit/cost/prices';
import { METERS } from '../../scripts/capacity/meters.ts';
import { openModel } from '../../scripts/capacity/model.ts';
import { PUBLISHED_PRICES } from '../../scripts/capacity/published-prices.ts';

const home = mkdtempSync(join(tmpdir(), 'capacity-cost-'));
const price = (value: number, more: Partial<Price> = {}): Price => ({
  price: value,
  unit: 'hour',
  region: 'here',
  date: '2026-01-31',
  source: 'https://example.org/prices',
  ...more,
});
let bills: Quantity[][];

beforeAll(() => {
  const model = openModel();
  bills = [1_000, 10_000, 400_000, 1_000_000].map((users) => model.sizes({ users }).bill_of_materials);
  model.close();
}, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the bill of materials', () => {
  test('never has more at the least than as deployed, nor more as deployed than at the most', () => {
    for (const bill of bills) {
      for (const { least, expected, most } of bill) {
        expect(least).toBeLessThanOrEqual(expected);
        expect(expected).toBeLessThanOrEqual(most);
      }
    }
  });

  test('has each item once, and only items that the price list can be asked for, in the same unit', () => {
    const known = Object.fromEntries(METERS.map(({ item, unit }) => [item, unit]));
    for (const bill of bills) {
      expect(new Set(bill.map(({ item }) => item)).size).toBe(bill.length);
      for (const { item, unit } of bill) expect({ item, unit: known[item] }).toEqual({ item, unit });
    }
  });

  test('is priced by what was published, but for the NAT gateway', () => {
    const published = readPrices(PUBLISHED_PRICES);
    for (const bill of bills) expect(costOf(bill, published).notPriced).toEqual(['nat-gateway/standard-v2']);
  });
});

describe('the cost', () => {
  const bill: Quantity[] = [
    { item: 'a', unit: 'hour', least: 1, expected: 2, most: 3 },
    { item: 'b', unit: 'hour', least: 0, expected: 0, most: 10 },
    { item: 'c', unit: 'day', least: 5, expected: 5, most: 5 },
  ];

  test('is the sum of what is priced, and names what is not', () => {
    const prices = {
      a: price(2, { date: '2026-02-01' }),
      b: price(0.5, { region: 'there', date: '2025-12-31' }),
      x: price(9),
    };
    expect(costOf(bill, { currency: 'EUR', prices })).toMatchObject({
      currency: 'EUR',
      total: { least: 2, expected: 4, most: 11 },
      notPriced: ['c'],
      dates: ['2025-12-31', '2026-02-01'],
      regions: ['here', 'there'],
    });
  });

  test('does not multiply a price for another unit', () => {
    expect(() => costOf(bill, { currency: 'EUR', prices: { c: price(1) } })).toThrow(
      'c has a price for a hour; the model counts each day.',
    );
  });
});

describe('a price file', () => {
  const wrong = (content: string): (() => unknown) => {
    const file = join(home, 'prices.json');
    writeFileSync(file, content);
    return () => readPrices(file);
  };

  test.each([
    ['{', /prices\.json is not JSON\.$/],
    ['{"currency":"EUR"}', /prices\.json, prices: /],
    ['{"currency":"euro","prices":{}}', /currency: must be a currency such as USD\.$/],
    [`{"currency":"EUR","prices":{"a":${JSON.stringify(price(-1))}}}`, /prices › a › price: /],
    [`{"currency":"EUR","prices":{"a":${JSON.stringify(price(1, { date: 'now' }))}}}`, /a › date: must be a day/],
    [`{"currency":"EUR","prices":{"a":${JSON.stringify({ ...price(1), source: undefined })}}}`, /a › source: /],
  ])('%s is refused by name', (content, message) => {
    expect(wrong(content)).toThrow(message);
  });

  test('that is not there is refused', () => {
    expect(() => readPrices(join(home, 'none.json'))).toThrow(/none\.json cannot be read\.$/);
  });
});
