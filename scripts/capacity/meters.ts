/**
 * Which meter of Azure's price list is which item of the bill of materials. The names are those that other public tools ask
 * the list for; none of them is promised by Microsoft, so that an item whose meter was renamed is reported as not priced.
 */
import type { Entry } from './fetch-prices.ts';

export interface Meter {
  /** As in the bill of materials, with its unit. */
  item: string;
  unit: string;
  serviceName: string;
  armSkuName?: string;
  meterName?: string;
  /** Front Door is priced by the zone of the visitors, not by region. */
  zone?: string;
  /** What the answer must be besides. */
  productName?: RegExp;
  skuName?: RegExp;
  meterPattern?: RegExp;
  /** The list's unit after its number, and how many of ours it is. */
  measure: RegExp;
  units?: number;
}

const HOUR = /^\/?\s*hours?$/i;
const GB_MONTH = /^Gi?B\/Month$/i;
const GB = /^Gi?B$/i;

const machine = (size: string): Meter => ({
  item: `vm/${size}`,
  unit: 'hour',
  serviceName: 'Virtual Machines',
  armSkuName: size,
  productName: /^(?!.*(Windows|Cloud Services)).*$/,
  meterPattern: /^(?!.*(Spot|Low Priority)).*$/,
  measure: HOUR,
});

export const METERS: readonly Meter[] = [
  ...['Standard_D4ds_v5', 'Standard_D8ds_v5', 'Standard_D16ds_v5', 'Standard_E8ds_v5'].map(machine),
  {
    item: 'aks/standard',
    unit: 'hour',
    serviceName: 'Azure Kubernetes Service',
    meterName: 'Standard Uptime SLA',
    measure: HOUR,
  },
  {
    item: 'postgresql/ddsv5',
    unit: 'vCore hour',
    serviceName: 'Azure Database for PostgreSQL',
    productName: /Flexible Server General Purpose (- )?Ddsv5/i,
    skuName: /^2 vCore$/,
    measure: HOUR,
    units: 2,
  },
  {
    item: 'postgresql/storage',
    unit: 'GiB month',
    serviceName: 'Azure Database for PostgreSQL',
    meterName: 'Storage Data Stored',
    productName: /^Az DB for PostgreSQL Flexible Server Storage$/,
    measure: GB_MONTH,
  },
  ...['zrs', 'lrs'].map(
    (redundancy): Meter => ({
      item: `files/premium-${redundancy}`,
      unit: 'GiB month',
      serviceName: 'Storage',
      productName: /^Premium Files$/,
      skuName: new RegExp(`^Premium ${redundancy}$`, 'i'),
      meterPattern: /Provisioned$/,
      measure: GB_MONTH,
    }),
  ),
  {
    item: 'registry/premium',
    unit: 'day',
    serviceName: 'Container Registry',
    meterName: 'Premium Registry Unit',
    measure: /^\/?\s*day$/i,
  },
  {
    item: 'front-door/premium',
    unit: 'month',
    serviceName: 'Azure Front Door Service',
    meterName: 'Premium Base Fees',
    zone: 'Zone 1',
    measure: /^\/?\s*month$/i,
  },
  {
    item: 'front-door/requests',
    unit: '10,000 requests',
    serviceName: 'Azure Front Door Service',
    meterName: 'Premium Requests',
    zone: 'Zone 1',
    measure: /^K$/,
    units: 0.1,
  },
  {
    item: 'front-door/egress',
    unit: 'GiB',
    serviceName: 'Azure Front Door Service',
    meterName: 'Premium Data Transfer Out',
    zone: 'Zone 1',
    measure: GB,
  },
  {
    item: 'nat-gateway/standard-v2',
    unit: 'hour',
    serviceName: 'NAT Gateway',
    meterPattern: /^Standard ?V2 Gateway$/i,
    measure: HOUR,
  },
  {
    item: 'public-ip',
    unit: 'hour',
    serviceName: 'Virtual Network',
    meterName: 'Standard IPv4 Static Public IP',
    productName: /^IP Addresses$/,
    measure: HOUR,
  },
  {
    item: 'private-endpoint',
    unit: 'hour',
    serviceName: 'Virtual Network',
    meterName: 'Standard Private Endpoint',
    measure: HOUR,
  },
  {
    item: 'private-endpoint/data',
    unit: 'GiB',
    serviceName: 'Virtual Network',
    meterName: 'Standard Data Processed - Egress',
    productName: /^Virtual Network Private Link$/,
    measure: GB,
  },
  {
    item: 'log-analytics',
    unit: 'GiB',
    serviceName: 'Log Analytics',
    skuName: /^Analytics Logs$/,
    meterPattern: /Data Ingestion$/,
    measure: GB,
  },
];

/** Whether an entry of the answer is this meter. */
export function matches(meter: Meter, entry: Entry): boolean {
  return (
    (meter.meterName === undefined || entry.meterName === meter.meterName) &&
    (meter.productName?.test(entry.productName) ?? true) &&
    (meter.skuName?.test(entry.skuName) ?? true) &&
    (meter.meterPattern?.test(entry.meterName) ?? true)
  );
}

/** How many of our units the list's unit is (`1 Hour`, `1/Day`, `10K`); undefined when it is another kind. */
export function unitsOf(meter: Meter, unitOfMeasure: string): number | undefined {
  const [, number, rest] = /^(\d+)\s*(.*)$/.exec(unitOfMeasure) ?? [];
  if (number === undefined || rest === undefined) return undefined;
  if (!meter.measure.test(rest)) return undefined;
  return Number(number) * (meter.units ?? 1);
}
