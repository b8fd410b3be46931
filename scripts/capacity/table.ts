/** The sizes as a person reads them: one number of users in full, or many in the table of docs/capacity.md. */
import type { Sizes } from './model.ts';

const count = (value: number): string => Math.round(value).toLocaleString('en');
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Azure sells quota by family: Standard_D16ds_v5 is of Ddsv5. */
export function quotaByFamily({ node_pools, vcpus }: Sizes): Record<string, number> {
  const quota: Record<string, number> = {};
  for (const [pool, cores] of Object.entries(vcpus)) {
    const size = node_pools[pool]?.vm_size ?? '';
    const family = size.replace(/^Standard_([A-Z]+)\d+(\w*?)_(v\d+)$/, '$1$2$3');
    quota[family] = (quota[family] ?? 0) + cores;
  }
  return quota;
}

function rows(users: number, sizes: Sizes): [string, string][] {
  const { database, node_pools: pools } = sizes;
  const quota = quotaByFamily(sizes);
  return [
    ['Concurrent users', count(users)],
    ['Pages a second', count(sizes.pages_per_second)],
    ['SQL statements a second', count(sizes.sql_statements_per_second)],
    ['Web pods', `${count(sizes.web_replicas)}, with ${count(sizes.web_workers)} PHP workers`],
    ['Cron pods', count(sizes.cron_replicas)],
    ['PgBouncer', `${sizes.pgbouncer_replicas} pods with ${sizes.pgbouncer_pool_size} server connections each`],
    ['Redis nodes', `${sizes.redis_sessions_nodes} for sessions, ${sizes.redis_cache_nodes} for the cache`],
    ['Database', `${database.sku_name}, ${count(database.storage_mb / 1024)} GiB`],
    ['NFS share', `${count(sizes.files_quota_gib)} GiB`],
    ...Object.entries(pools).map(([name, pool]): [string, string] => [
      `Node pool ${name}`,
      `${count(pool.min_count)} to ${count(pool.max_count)} × ${pool.vm_size}`,
    ]),
    ...Object.entries(quota).map(([family, cores]): [string, string] => [
      `vCPU quota, ${family}`,
      `${count(cores)} for the node pools at their largest`,
    ]),
    ['vCPU quota, in all', count(sum(Object.values(quota)))],
    ['Database cores', `${database.vcores}, twice with a standby; a quota of its own`],
    ['Cost', 'not estimated yet'],
  ];
}

export function renderTable(users: number, sizes: Sizes): string {
  const all = rows(users, sizes);
  const width = Math.max(...all.map(([name]) => name.length));
  return all.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** A row of the document's table for each number of users. */
export function renderMarkdown(cases: readonly [number, Sizes][]): string {
  const header = [
    'Users',
    'Pages/s',
    'Web pods',
    'PHP workers',
    'Web nodes, at most',
    'SQL/s',
    'Database',
    'PgBouncer × pool',
    'Cache nodes',
    'Session nodes',
    'NFS share',
    'vCPU quota of the nodes',
  ];
  const lines = cases.map(([users, sizes]) => {
    const app = sizes.node_pools.app;
    return [
      count(users),
      count(sizes.pages_per_second),
      count(sizes.web_replicas),
      count(sizes.web_workers),
      app === undefined ? '' : `${count(app.max_count)} × ${short(app.vm_size)}`,
      count(sizes.sql_statements_per_second),
      short(sizes.database.sku_name),
      `${sizes.pgbouncer_replicas} × ${sizes.pgbouncer_pool_size}`,
      count(sizes.redis_cache_nodes),
      count(sizes.redis_sessions_nodes),
      `${count(sizes.files_quota_gib / 1024)} TiB`,
      Object.entries(quotaByFamily(sizes))
        .map(([family, cores]) => `${count(cores)} ${family}`)
        .join(', '),
    ];
  });
  return [header, header.map(() => '---:'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function short(size: string): string {
  return size.replace(/^(\w\w_)?Standard_/, '');
}
