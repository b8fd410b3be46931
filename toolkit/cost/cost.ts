/** The bill of materials times prices. Quantities are the model's; there are no formulas here. */
import type { Prices } from './prices.ts';

/** What may vary: nodes at their fewest without traffic, the pods of the peak without traffic, everything at its most. */
export const CASES = ['least', 'expected', 'most'] as const;
export type Case = (typeof CASES)[number];

/** A line of the model's bill of materials: quantities of a month. */
export type Quantity = { item: string; unit: string } & Record<Case, number>;

export interface Cost {
  currency: string;
  /** Of a month, without what is not priced. */
  total: Record<Case, number>;
  lines: ({ item: string; unit: string; price: number } & Record<Case, number>)[];
  notPriced: string[];
  /** From the oldest price to the youngest. */
  dates: [string, string];
  regions: string[];
}

/** Throws one sentence when a price is for another unit than the model counts. */
export function costOf(bill: readonly Quantity[], { currency, prices }: Prices): Cost {
  const lines: Cost['lines'] = [];
  const notPriced: string[] = [];
  const used = new Set<string>();
  for (const { item, unit, least, expected, most } of bill) {
    const found = prices[item];
    if (found === undefined) {
      notPriced.push(item);
      continue;
    }
    if (found.unit !== unit) throw new Error(`${item} has a price for a ${found.unit}; the model counts each ${unit}.`);
    used.add(item);
    const { price } = found;
    lines.push({ item, unit, price, least: least * price, expected: expected * price, most: most * price });
  }
  const total = (which: Case): number => lines.reduce((sum, line) => sum + line[which], 0);
  const sources = [...used].flatMap((item) => prices[item] ?? []);
  const dates = sources.map(({ date }) => date).sort();
  return {
    currency,
    total: { least: total('least'), expected: total('expected'), most: total('most') },
    lines,
    notPriced,
    dates: [dates[0] ?? '', dates.at(-1) ?? ''],
    regions: [...new Set(sources.map(({ region }) => region))].sort(),
  };
}
