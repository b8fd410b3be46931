/** What a month costs, before and after, from the bill of materials that the platform's plan has as an output. Pure. */
import { z } from 'zod';
import { costOf } from '#toolkit/cost/cost';
import type { Prices } from '#toolkit/cost/prices';

/** Of a month, an estimate. */
export interface MonthlyCost {
  currency: string;
  /** Absent when nothing is there yet. */
  before: number | undefined;
  after: number;
  /** After: every pool at its fewest nodes without traffic, and everything at its most. */
  least: number;
  most: number;
}

const bill = z.array(
  z.object({ item: z.string(), unit: z.string(), least: z.number(), expected: z.number(), most: z.number() }),
);

/** https://developer.hashicorp.com/terraform/internals/json-format#plan-representation */
const planJson = z.object({
  output_changes: z
    .object({ bill_of_materials: z.object({ before: z.unknown(), after: z.unknown() }).partial().optional() })
    .optional(),
});

/** Undefined when the plan has no such output, or a form of it that this version does not know. */
export function monthlyCost(plan: unknown, prices: Prices): MonthlyCost | undefined {
  const change = planJson.safeParse(plan).data?.output_changes?.bill_of_materials;
  const after = bill.safeParse(change?.after).data;
  if (after === undefined) return undefined;
  const before = bill.safeParse(change?.before).data;
  const { total, currency } = costOf(after, prices);
  return {
    currency,
    before: before === undefined ? undefined : costOf(before, prices).total.expected,
    after: total.expected,
    least: total.least,
    most: total.most,
  };
}

/** Cells of the row of the table: what changes, and between which amounts. */
export function costCells({ currency, before, after, least, most }: MonthlyCost): [change: string, what: string] {
  const range = `${amount(least)} at its fewest nodes, ${amount(most)} ${currency} at its most`;
  if (before === undefined) return [`+${amount(after)}&nbsp;${currency}`, `${amount(after)} ${currency}; ${range}`];
  const difference = after - before;
  // Less than an estimate can tell apart.
  if (Math.abs(difference) < before * 0.001) return ['no change', `${amount(after)} ${currency}; ${range}`];
  const sign = difference < 0 ? '−' : '+';
  const share = Math.round((Math.abs(difference) / before) * 100);
  return [
    `${sign}${amount(Math.abs(difference))}&nbsp;${currency}`,
    `from ${amount(before)} to ${amount(after)} ${currency}${share < 1 ? '' : ` (${sign}${share} %)`}; ${range}`,
  ];
}

/** To three figures: more would claim to know more than an estimate does. */
function amount(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}
