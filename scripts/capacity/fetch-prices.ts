/**
 * Asks Azure's public price list, the Retail Prices API
 * (https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices), for the prices of one region,
 * and makes a price file of them. It needs no account. What it does not find, or finds more than once, stays unpriced.
 */
import { z } from 'zod';
import type { Prices } from '#toolkit/cost/prices';
import { METERS, type Meter, matches, unitsOf } from './meters.ts';

const LIST = 'https://prices.azure.com/api/retail/prices';
/** Pages of 100 entries for one question; a filter that needs more is a wrong one. */
const MOST_PAGES = 30;

const entry = z.object({
  currencyCode: z.string(),
  retailPrice: z.number(),
  armRegionName: z.string(),
  meterId: z.string(),
  meterName: z.string(),
  productName: z.string(),
  skuName: z.string(),
  serviceName: z.string(),
  unitOfMeasure: z.string(),
});
/** One price of one meter, with the fields that are read here; a meter with steps has several. */
export type Entry = z.infer<typeof entry>;

const answer = z.object({ Items: z.array(entry), NextPageLink: z.string().nullable() });

/** The region names to ask for: not everything is priced by region. */
function regionsOf(meter: Meter, region: string): string[] {
  return meter.zone === undefined ? [region, 'Global'] : [meter.zone];
}

/** All entries of a service's meter in one region. */
async function ask(url: string, meter: Meter, region: string): Promise<Entry[]> {
  const conditions = {
    serviceName: meter.serviceName,
    armRegionName: region,
    priceType: 'Consumption',
    ...(meter.armSkuName === undefined ? {} : { armSkuName: meter.armSkuName }),
    ...(meter.meterName === undefined ? {} : { meterName: meter.meterName }),
  };
  const filter = Object.entries(conditions).map(([name, value]) => `${name} eq '${value}'`);
  const found: Entry[] = [];
  let next: string | null = `${url}?${new URLSearchParams({ $filter: filter.join(' and ') })}`;
  for (let page = 0; next !== null && next !== ''; page += 1) {
    if (page === MOST_PAGES) throw new Error(`Azure's price list has no end for ${filter.join(' and ')}.`);
    if (new URL(next).host !== new URL(url).host)
      throw new Error(`Azure's price list goes on at another host: ${next}.`);
    const response = await fetch(next, { signal: AbortSignal.timeout(30_000) }).catch((error: Error) => {
      // fetch says why only in the cause.
      const { message } = error.cause instanceof Error ? error.cause : error;
      throw new Error(`${new URL(url).host} does not answer: ${message}.`);
    });
    if (!response.ok) throw new Error(`${new URL(url).host} answers ${response.status} ${response.statusText}.`);
    const { Items, NextPageLink } = answer.parse(await response.json());
    found.push(...Items);
    next = NextPageLink;
  }
  return found;
}

/** The price of one unit, or why there is none. */
function priceOf(meter: Meter, entries: readonly Entry[]): { entry: Entry; price: number } | string {
  const fitting = entries.filter((candidate) => matches(meter, candidate));
  const meters = new Set(fitting.map(({ meterId }) => meterId));
  if (meters.size === 0) return 'the list has no such meter';
  if (meters.size > 1) return `the list has ${meters.size} such meters: ${fitting.map(named).join('; ')}`;
  // A meter with steps: the dearest, so that an estimate is not too low.
  const [dearest] = [...fitting].sort((a, b) => b.retailPrice - a.retailPrice);
  if (dearest === undefined) return 'the list has no such meter';
  const units = unitsOf(meter, dearest.unitOfMeasure);
  if (units === undefined) return `its unit is "${dearest.unitOfMeasure}", and not a ${meter.unit}`;
  return { entry: dearest, price: Number((dearest.retailPrice / units).toPrecision(10)) };
}

const named = ({ productName, skuName, meterName }: Entry): string => `${productName}, ${skuName}, ${meterName}`;

/** Prices of everything that the model counts, and what could not be priced. Throws one sentence when the list is out of reach. */
export async function fetchPrices({
  region,
  today,
  url = LIST,
}: {
  region: string;
  today: Date;
  url?: string;
}): Promise<{
  prices: Prices;
  missing: { item: string; reason: string }[];
}> {
  const prices: Prices['prices'] = {};
  const missing: { item: string; reason: string }[] = [];
  const currencies = new Set<string>();
  for (const meter of METERS) {
    let reason = '';
    for (const name of regionsOf(meter, region)) {
      const result = priceOf(meter, await ask(url, meter, name));
      if (typeof result === 'string') {
        reason ||= result;
        continue;
      }
      currencies.add(result.entry.currencyCode);
      prices[meter.item] = {
        price: result.price,
        unit: meter.unit,
        region: name,
        date: today.toISOString().slice(0, 10),
        source: url,
        note: named(result.entry),
      };
      break;
    }
    if (prices[meter.item] === undefined) missing.push({ item: meter.item, reason });
  }
  const [currency = 'USD', another] = currencies;
  if (another !== undefined) throw new Error(`Azure's price list mixes ${currency} and ${another}.`);
  return { prices: { currency, prices }, missing };
}
