/** The sizes of one number of users, and their cost, as a person reads them at a terminal. */
import type { Cost } from '#toolkit/cost/cost';
import type { Question, Sizes } from './model.ts';
import { amount, count, seconds, short, storage } from './wording.ts';

type Row = [string, ...string[]];

/** Rows in columns: whole numbers, and the heads above them, flushed right. */
function columns(rows: readonly Row[]): string {
  const at = (index: number): string[] => rows.flatMap((row) => row[index] ?? []);
  const count = Math.max(...rows.map((row) => row.length));
  const layout = Array.from({ length: count }, (_, index) => ({
    width: Math.max(...at(index).map((cell) => cell.length)),
    right:
      index > 0 &&
      at(index)
        .slice(-1)
        .every((cell) => /^[\d,]+( [A-Z]{3})?$/.test(cell)),
  }));
  const line = (row: Row): string =>
    row
      .map((cell, index) => {
        const { width = 0, right = false } = layout[index] ?? {};
        return right ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ');
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join('\n');
}

/** Text in lines of at most so many characters, all but the first indented. */
function wrap(text: string, indent: string, width = 100): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length + 1 > width - indent.length) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${indent}`);
}

/** Where the peak comes from. */
function cause({ governed_by }: Sizes, { examStartSeconds }: Question): string {
  if (governed_by === 'exam start') return `at the start of the exam, ${seconds(examStartSeconds ?? 0)} for everybody`;
  if (examStartSeconds === undefined) return 'in steady use; no exam begins at a common time';
  return `in steady use, which is more than an exam that begins within ${seconds(examStartSeconds)}`;
}

function loadRows(sizes: Sizes, question: Question): Row[] {
  return [
    ['Pages a second', count(sizes.pages_per_second), cause(sizes, question)],
    ['SQL statements a second', count(sizes.sql_statements_per_second), ''],
    ['Front Door requests a second', count(sizes.edge_requests_per_second), 'while browsers have no file of the site'],
  ];
}

function podRows(sizes: Sizes): Row[] {
  const { sessions, cache } = sizes.redis_memory;
  return [
    ['Moodle web', count(sizes.web_replicas), `${count(sizes.web_workers)} PHP workers`],
    ['Moodle cron', count(sizes.cron_replicas), ''],
    [
      'PgBouncer',
      count(sizes.pgbouncer_replicas),
      `${sizes.pgbouncer_pool_size} server connections each, ${count(sizes.pgbouncer_replicas * sizes.pgbouncer_pool_size)} of ${count(sizes.database.max_connections - 15)}`,
    ],
    [
      'Redis for sessions',
      count(sizes.redis_sessions_nodes),
      `${storage(sessions.total)} in primaries, of which ${storage(sessions.used ?? 0)} are taken`,
    ],
    ['Redis for the cache', count(sizes.redis_cache_nodes), `${storage(cache.total)} in primaries`],
  ];
}

function nodeRows({ node_pools }: Sizes): Row[] {
  return [
    ['', '', 'least', 'for all pods', 'most'],
    ...Object.entries(node_pools).map(
      ([name, pool]): Row => [
        name,
        short(pool.vm_size),
        count(pool.min_count),
        count(pool.expected_count),
        count(pool.max_count),
      ],
    ),
  ];
}

function dataRows({ database, files_quota_gib, files_performance: files }: Sizes): Row[] {
  return [
    [
      'PostgreSQL',
      `${database.sku_name}; ${database.vcores_needed.toFixed(1)} cores are needed. ${storage(database.storage_mb)} of disk, ${count(database.operations)} operations a second`,
    ],
    [
      'NFS share',
      `${storage(files_quota_gib * 1024)}: ${count(files.operations)} operations and ${count(files.mib)} MiB a second; ${count(files.operations_needed)} and ${count(files.mib_needed)} are needed`,
    ],
  ];
}

function requestRows({ vcpu_quota, database, network }: Sizes): Row[] {
  return [
    ...Object.entries(vcpu_quota).map(
      ([family, { largest, with_surge }]): Row => [
        `vCPUs of ${family}`,
        count(largest),
        `${count(with_surge)} to upgrade nodes while every pool is at its most`,
      ],
    ),
    ['PostgreSQL cores', count(2 * database.vcores), 'with the standby; a quota of its own'],
    [
      'Addresses',
      `/${network.node_subnet_prefix}`,
      `for ${count(network.most_nodes)} nodes, and a /${network.pod_prefix} for their pods`,
    ],
  ];
}

/** What the most goes to, the largest first. */
function shares({ lines, currency }: Cost): string {
  const sums = new Map<string, number>();
  for (const { item, most } of lines) {
    const [kind = item] = item.split('/');
    sums.set(kind, (sums.get(kind) ?? 0) + most);
  }
  const largest = [...sums].sort(([, a], [, b]) => b - a).slice(0, 5);
  return `Largest parts of that: ${largest.map(([kind, sum]) => `${kind} ${amount(sum, currency)}`).join(', ')}.`;
}

function costRows({ total, currency }: Cost): Row[] {
  return [
    ['Least', amount(total.least, currency), 'every pool at its fewest nodes: only while web pods are scaled in'],
    ['As deployed', amount(total.expected, currency), 'the pods of the peak, day and night, before any traffic'],
    ['Most', amount(total.most, currency), 'every pool at its most nodes, and the traffic of a busy month'],
  ];
}

/** How a cost must be read: where its prices are from, and what is missing. */
function costNotes({ notPriced, dates, regions, currency }: Cost): string {
  const missing = notPriced.length === 0 ? '' : ` Not priced, and not in the sum: ${notPriced.join(', ')}.`;
  const span = dates[0] === dates[1] ? `of ${dates[0]}` : `of ${dates[0]} to ${dates[1]}`;
  return `List prices in ${currency} ${span}, for ${regions.join(', ')}; each with its source in scripts/capacity/prices.json or the file you gave.${missing} Left out: object storage, managed Prometheus, Key Vault, agents that build images, support.`;
}

/** Everything, in sections. */
export function renderTable(question: Question, sizes: Sizes, cost: Cost): string {
  const section = (title: string, rows: readonly Row[]): string => `${title}\n${columns(rows)}`;
  const limits = sizes.limits.map(
    ({ name, needed, available, remedy }) =>
      `  ! ${wrap(`${name}: ${count(needed)} needed, ${count(available)} is the most. ${remedy}`, '    ')}`,
  );
  return [
    `${count(question.users)} concurrent users`,
    section('Load at the peak', loadRows(sizes, question)),
    section('Pods', podRows(sizes)),
    section('Nodes', nodeRows(sizes)),
    section('Data', dataRows(sizes)),
    section('To ask Azure for, before the first apply', requestRows(sizes)),
    `${section('Cost of a month, estimated', costRows(cost))}\n  ${wrap(shares(cost), '  ')}\n  ${wrap(costNotes(cost), '  ')}`,
    `Limits\n${limits.length === 0 ? '  none is reached' : limits.join('\n')}`,
  ].join('\n\n');
}
