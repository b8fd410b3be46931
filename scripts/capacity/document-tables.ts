/** The tables of docs/capacity.md, as Markdown. */
import type { Cost } from '#toolkit/cost/cost';
import type { Prices } from '#toolkit/cost/prices';
import type { Question, Sizes } from './model.ts';
import { amount, count, seconds, short, storage } from './wording.ts';

function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: (index: number) => string,
): string {
  return [header, header.map((_, index) => align(index)), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

const numbers = (): string => '---:';

/** What does not fit, by name. */
const ceilings = ({ limits }: Sizes): string =>
  limits.length === 0
    ? 'none'
    : limits.map(({ name, needed, available }) => `${name}: ${count(needed)} of ${count(available)}`).join('; ');

/** One row for each number of users. */
export function sizeTable(cases: readonly [Question, Sizes][]): string {
  const rows = cases.map(([{ users }, sizes]) => {
    const { app, pgbouncer, redis } = sizes.node_pools;
    const most = (pool: typeof app): string =>
      pool === undefined ? '' : `${count(pool.max_count)} × ${short(pool.vm_size)}`;
    return [
      count(users),
      count(sizes.pages_per_second),
      count(sizes.web_replicas),
      count(sizes.web_workers),
      most(app),
      count(sizes.sql_statements_per_second),
      `${short(sizes.database.sku_name)}, ${storage(sizes.database.storage_mb)}`,
      `${sizes.pgbouncer_replicas} × ${sizes.pgbouncer_pool_size}`,
      most(pgbouncer),
      `${count(sizes.redis_cache_nodes)} + ${count(sizes.redis_sessions_nodes)}`,
      most(redis),
      storage(sizes.files_quota_gib * 1024),
      Object.entries(sizes.vcpu_quota)
        .map(([family, { largest }]) => `${count(largest)} ${family}`)
        .join(', '),
      ceilings(sizes),
    ];
  });
  const header = [
    'Users',
    'Pages/s',
    'Web pods',
    'PHP workers',
    'Web nodes, at most',
    'SQL/s',
    'Database',
    'PgBouncer × pool',
    'its nodes, at most',
    'Redis, cache + sessions',
    'its nodes, at most',
    'NFS share',
    'vCPU quota of the nodes',
    'Limits reached',
  ];
  return table(header, rows, (index) => (index === header.length - 1 ? '---' : '---:'));
}

/** What a common start makes of it. */
export function examStartTable(cases: readonly [Question, Sizes][]): string {
  const rows = cases.map(([{ users, examStartSeconds = 0 }, sizes]) => [
    count(users),
    seconds(examStartSeconds),
    count(sizes.pages_per_second),
    sizes.governed_by === 'steady' ? 'steady use' : 'the start',
    count(sizes.web_replicas),
    `${sizes.database.vcores_needed.toFixed(1)} of ${sizes.database.vcores}`,
    `${sizes.pgbouncer_replicas} × ${sizes.pgbouncer_pool_size}`,
    count(sizes.edge_requests_per_second),
    ceilings(sizes),
  ]);
  const header = [
    'Users',
    'Start within',
    'Pages/s',
    'Governed by',
    'Web pods',
    'Database cores',
    'PgBouncer × pool',
    'Front Door requests/s',
    'Limits reached',
  ];
  return table(header, rows, (index) => ([3, 8].includes(index) ? '---' : '---:'));
}

/** A month's cost for each number of users. */
export function costTable(cases: readonly [Question, Cost][]): string {
  const rows = cases.map(([{ users }, { total, currency }]) => [
    count(users),
    ...[total.least, total.expected, total.most].map((value) => amount(value, currency)),
  ]);
  return table(['Users', 'Least', 'As deployed', 'Most'], rows, numbers);
}

/** Every price with where it is from. */
export function priceTable({ currency, prices }: Prices): string {
  const rows = Object.entries(prices).map(([item, { price, unit, region, date, source, note }]) => [
    `\`${item}\``,
    `${price} ${currency} a ${unit}`,
    region,
    date,
    `[${new URL(source).host}](${source})`,
    note ?? '',
  ]);
  return table(['Item', 'Price', 'Region', 'Date', 'Source', 'How'], rows, () => '---');
}
