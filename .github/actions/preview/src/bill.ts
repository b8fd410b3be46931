/**
 * What a month costs: as it is deployed, as the environment file has it without the pull request, and as it has it now. From the
 * bill of materials that the platform's plan has as an output. Pure.
 */
import { z } from 'zod';
import { costOf } from '#toolkit/cost/cost';
import type { Prices } from '#toolkit/cost/prices';

/** Of a month, an estimate. */
export interface MonthlyCost {
  currency: string;
  /** Absent when nothing is there yet. */
  deployed: number | undefined;
  /** By the file without the pull request. Absent when there is none, or the file is new. */
  withoutChange: number | undefined;
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

/**
 * Undefined when the plan has no such output, or a form of it that this version does not know.
 *
 * @param billWithoutChange the bill of materials by the file without the pull request, as JSON
 */
export function monthlyCost(plan: unknown, prices: Prices, billWithoutChange?: string): MonthlyCost | undefined {
  const change = planJson.safeParse(plan).data?.output_changes?.bill_of_materials;
  const after = bill.safeParse(change?.after).data;
  if (after === undefined) return undefined;
  const expected = (value: unknown): number | undefined => {
    const { data } = bill.safeParse(value);
    return data === undefined ? undefined : costOf(data, prices).total.expected;
  };
  const { total, currency } = costOf(after, prices);
  return {
    currency,
    deployed: expected(change?.before),
    withoutChange: billWithoutChange === undefined ? undefined : expected(JSON.parse(billWithoutChange)),
    after: total.expected,
    least: total.least,
    most: total.most,
  };
}

/**
 * Cells of the row of the table: what changes, and between which amounts. On a pull request that is its own change, and where the
 * deployed environment is elsewhere, that is said too.
 */
export function costCells(cost: MonthlyCost): [change: string, what: string] {
  const { currency, deployed, withoutChange, after, least, most } = cost;
  const range = `${amount(least)} at its fewest nodes, ${amount(most)} ${currency} at its most`;
  const before = withoutChange ?? deployed;
  if (before === undefined) return [`+${amount(after)}&nbsp;${currency}`, `${amount(after)} ${currency}; ${range}`];
  const [by, same, now] =
    withoutChange === undefined
      ? ['', '', '']
      : ['by this pull request ', ' with and without this pull request', elsewhere(deployed, withoutChange, currency)];
  const difference = after - before;
  if (isSame(before, after)) return ['no change', `${amount(after)} ${currency}${same}; ${range}${now}`];
  const sign = difference < 0 ? '−' : '+';
  const share = Math.round((Math.abs(difference) / before) * 100);
  return [
    `${sign}${amount(Math.abs(difference))}&nbsp;${currency}`,
    `${by}from ${amount(before)} to ${amount(after)} ${currency}${share < 1 ? '' : ` (${sign}${share} %)`}; ${range}${now}`,
  ];
}

/** Where what is deployed is not what the file says without the pull request. */
function elsewhere(deployed: number | undefined, withoutChange: number, currency: string): string {
  if (deployed === undefined) return '. Nothing is deployed yet';
  return isSame(deployed, withoutChange) ? '' : `. What is deployed costs ${amount(deployed)} ${currency}`;
}

/** Less than an estimate can tell apart. */
function isSame(one: number, other: number): boolean {
  return Math.abs(one - other) < one * 0.001;
}

/** To three figures: more would claim to know more than an estimate does. */
function amount(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}
