/** Price files: what one unit of an item of the model's bill of materials costs, each price with its date and source. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const price = z.strictObject({
  price: z.number().nonnegative(),
  /** Of what; the same words as in the bill of materials. */
  unit: z.string().min(1),
  region: z.string().min(1),
  /** The day, or only the year, on which the source had it. */
  date: z.string().regex(/^\d{4}(-\d\d-\d\d)?$/, 'must be a day such as 2026-11-23, or a year'),
  source: z.url(),
  note: z.string().optional(),
});

const schema = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency such as USD'),
  prices: z.record(z.string(), price),
});

export type Price = z.infer<typeof price>;

/** Prices by item. An item that is not there is not priced. */
export type Prices = z.infer<typeof schema>;

/** Reads a price file. Throws one sentence that names what is wrong, and where. */
export function readPrices(file: string): Prices {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`The price file ${file} cannot be read.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`The price file ${file} is not JSON.`);
  }
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw new Error(`The price file ${file}, ${issue?.path.join(' › ') || 'at the top'}: ${issue?.message}.`);
}
