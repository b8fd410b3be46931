/** `npm run capacity -- --fetch-prices`, against a server that answers as the documented price list does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Entry, fetchPrices } from '../../scripts/capacity/fetch-prices.ts';
import { METERS } from '../../scripts/capacity/meters.ts';

const entry = (more: Partial<Entry>): Entry => ({
  currencyCode: 'USD',
  retailPrice: 1,
  armRegionName: 'swedencentral',
  meterId: `${more.productName}/${more.skuName}/${more.meterName}`,
  meterName: '',
  productName: '',
  skuName: '',
  serviceName: '',
  unitOfMeasure: '1 Hour',
  ...more,
});

const machine = (size: string, retailPrice: number): Entry[] => {
  const common = { serviceName: 'Virtual Machines', productName: 'Virtual Machines Ddsv5 Series', armSkuName: size };
  const meter = size.replace('Standard_', '').replace('_', ' ');
  return [
    entry({ ...common, skuName: meter, meterName: meter, retailPrice }),
    entry({ ...common, skuName: `${meter} Spot`, meterName: `${meter} Spot`, retailPrice: retailPrice / 5 }),
    entry({
      ...common,
      productName: 'Virtual Machines Ddsv5 Series Windows',
      skuName: meter,
      meterName: meter,
      retailPrice: 9,
    }),
  ];
};

/** A list in which everything that the model counts is once, some of it in steps, some not by region. */
const LIST: Entry[] = [
  ...machine('Standard_D4ds_v5', 0.24),
  ...machine('Standard_D8ds_v5', 0.48),
  ...machine('Standard_D16ds_v5', 0.96),
  ...machine('Standard_E8ds_v5', 0.6),
  entry({ serviceName: 'Azure Kubernetes Service', meterName: 'Standard Uptime SLA', retailPrice: 0.1 }),
  ...[2, 4].map((cores) =>
    entry({
      serviceName: 'Azure Database for PostgreSQL',
      productName: 'Azure Database for PostgreSQL Flexible Server General Purpose Ddsv5 Series Compute',
      skuName: `${cores} vCore`,
      meterName: 'vCore',
      retailPrice: cores * 0.1,
    }),
  ),
  entry({
    serviceName: 'Azure Database for PostgreSQL',
    productName: 'Az DB for PostgreSQL Flexible Server Storage',
    meterName: 'Storage Data Stored',
    unitOfMeasure: '1 GB/Month',
    retailPrice: 0.14,
  }),
  ...['LRS', 'ZRS'].map((redundancy) =>
    entry({
      serviceName: 'Storage',
      productName: 'Premium Files',
      skuName: `Premium ${redundancy}`,
      meterName: `Premium ${redundancy} Provisioned`,
      unitOfMeasure: '1 GiB/Month',
      retailPrice: 0.2,
    }),
  ),
  entry({
    serviceName: 'Container Registry',
    meterName: 'Premium Registry Unit',
    unitOfMeasure: '1/Day',
    retailPrice: 1.7,
  }),
  ...[
    ['Premium Base Fees', '1/Month', 330],
    ['Premium Requests', '10K', 0.015],
    ['Premium Data Transfer Out', '1 GB', 0.083],
    ['Premium Data Transfer Out', '1 GB', 0.06],
  ].map(([meterName, unitOfMeasure, retailPrice]) =>
    entry({
      serviceName: 'Azure Front Door Service',
      armRegionName: 'Zone 1',
      productName: 'Azure Front Door',
      skuName: 'Premium',
      meterName: String(meterName),
      unitOfMeasure: String(unitOfMeasure),
      retailPrice: Number(retailPrice),
    }),
  ),
  entry({ serviceName: 'NAT Gateway', armRegionName: 'Global', meterName: 'StandardV2 Gateway', retailPrice: 0.045 }),
  entry({ serviceName: 'Virtual Network', productName: 'IP Addresses', meterName: 'Standard IPv4 Static Public IP' }),
  entry({ serviceName: 'Virtual Network', armRegionName: 'Global', meterName: 'Standard Private Endpoint' }),
  entry({
    serviceName: 'Virtual Network',
    armRegionName: 'Global',
    productName: 'Virtual Network Private Link',
    meterName: 'Standard Data Processed - Egress',
    unitOfMeasure: '1 GB',
  }),
  // The first five are free.
  ...[0, 2.76].map((retailPrice) =>
    entry({
      serviceName: 'Log Analytics',
      skuName: 'Analytics Logs',
      meterName: 'Analytics Logs Data Ingestion',
      unitOfMeasure: '1 GB',
      retailPrice,
    }),
  ),
];

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

interface Behaviour {
  list?: readonly Entry[];
  /** Entries of a page. */
  page?: number;
  status?: number;
  /** In place of the link to the next page. */
  next?: string;
}

/** Answers `$filter=a eq 'b' and …` with pages of what fits, as the list does. */
async function serve({ list = LIST, page = 100, status = 200, next }: Behaviour = {}): Promise<string> {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const conditions = [...(url.searchParams.get('$filter') ?? '').matchAll(/(\w+) eq '([^']*)'/g)];
    const fitting = list.filter((candidate) =>
      conditions.every(
        ([, name = '', value]) =>
          name === 'priceType' || (candidate as unknown as Record<string, unknown>)[name] === value,
      ),
    );
    const skip = Number(url.searchParams.get('$skip') ?? 0);
    const Items = fitting.slice(skip, skip + page);
    const more = new URL(url);
    more.searchParams.set('$skip', String(skip + page));
    more.host = request.headers.host ?? '';
    const NextPageLink = next ?? (skip + page < fitting.length ? more.href : null);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        BillingCurrency: 'USD',
        CustomerEntityType: 'Retail',
        Items,
        NextPageLink,
        Count: Items.length,
      }),
    );
  });
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/retail/prices`;
}

const fetched = async (behaviour: Behaviour = {}) =>
  fetchPrices({ region: 'swedencentral', today: new Date('2026-11-23T12:00:00Z'), url: await serve(behaviour) });

describe('prices of a region', () => {
  test.each([100, 1])('are found for everything that the model counts, on pages of %i', async (page) => {
    const { prices, missing } = await fetched({ page });
    expect(missing).toEqual([]);
    expect(Object.keys(prices.prices).sort()).toEqual(METERS.map(({ item }) => item).sort());
    expect(prices.currency).toBe('USD');
    expect(prices.prices).toMatchObject({
      'vm/Standard_D16ds_v5': { price: 0.96, unit: 'hour', region: 'swedencentral', date: '2026-11-23' },
      'postgresql/ddsv5': { price: 0.1, unit: 'vCore hour' },
      'registry/premium': { price: 1.7, unit: 'day' },
      'front-door/requests': { price: 0.015, unit: '10,000 requests', region: 'Zone 1' },
      'nat-gateway/standard-v2': { price: 0.045, region: 'Global' },
    });
  });

  test('of a meter with steps are the dearest', async () => {
    const { prices } = await fetched();
    expect(prices.prices['front-door/egress']?.price).toBe(0.083);
    expect(prices.prices['log-analytics']?.price).toBe(2.76);
  });

  test.each([
    [
      'is not there',
      LIST.filter(({ serviceName }) => serviceName !== 'Container Registry'),
      'the list has no such meter',
    ],
    [
      'is there twice',
      [...LIST, entry({ serviceName: 'Container Registry', meterName: 'Premium Registry Unit', productName: 'Other' })],
      /^the list has 2 such meters: /,
    ],
    [
      'has another unit',
      LIST.map((one) => (one.serviceName === 'Container Registry' ? { ...one, unitOfMeasure: '1 Fortnight' } : one)),
      'its unit is "1 Fortnight", and not a day',
    ],
  ])('are not guessed when a meter %s', async (_, list, reason) => {
    const { prices, missing } = await fetched({ list });
    expect(prices.prices['registry/premium']).toBeUndefined();
    expect(missing).toEqual([
      { item: 'registry/premium', reason: typeof reason === 'string' ? reason : expect.stringMatching(reason) },
    ]);
  });
});

describe('a list that cannot be read ends with one sentence', () => {
  test.each([
    ['it is busy', { status: 429 }, /^127\.0\.0\.1:\d+ answers 429 /],
    [
      'it sends on elsewhere',
      { next: 'https://elsewhere.example/prices' },
      "Azure's price list goes on at another host: ",
    ],
    [
      'it mixes currencies',
      { list: LIST.map((one, index) => (index === 0 ? { ...one, currencyCode: 'EUR' } : one)) },
      "Azure's price list mixes EUR and USD.",
    ],
  ])('%s', async (_, behaviour, message) => {
    await expect(fetched(behaviour)).rejects.toThrow(message);
  });

  test('nobody is there', async () => {
    const url = await serve();
    await new Promise((closed) => server?.close(closed));
    await expect(fetchPrices({ region: 'swedencentral', today: new Date(), url })).rejects.toThrow(/does not answer: /);
  });
});
