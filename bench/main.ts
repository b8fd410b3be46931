/** `npm run bench`: how fast the parts are that have to be fast. See `--help`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { performanceFiles } from './document/document.ts';
import type { Result } from './harness.ts';
import { machine, readRecords, writeRecord } from './record.ts';

/** The benches. A file exports `bench`, which yields its results as they come. */
const BENCHES: Readonly<Record<string, () => Promise<{ bench(): AsyncIterable<Result> }>>> = {
  cold: () => import('./cold.ts'),
  plan: () => import('./plan.ts'),
  reaction: () => import('./reaction.ts'),
  manifests: () => import('./manifests.ts'),
  growth: () => import('./growth.ts'),
  rehearsal: () => import('./rehearsal.ts'),
  redis: () => import('./redis.ts'),
  'no-op': () => import('./no-op.ts'),
};

const HELP = `npm run bench -- [NAME …] [--json] [--record]

Measures ours against a baseline, in turns and in one process. NAME is one of: ${Object.keys(BENCHES).join(', ')}; all without one.
--json prints one array of {"bench", "size", "unit", "ours", "baseline", "ratio", "runs", "spread"}.
--record keeps the results in bench/results/ and renews docs/performance.md.`;

const HEAD = ['bench', 'size', 'ours', 'baseline', 'ratio', 'runs', 'half of ours'];
const WIDTHS = [28, 8, 12, 12, 8, 6, 18];

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, index) => String(cell)[index === 0 ? 'padEnd' : 'padStart'](WIDTHS[index] ?? 0)).join('');
}

async function main(args: readonly string[]): Promise<void> {
  const json = args.includes('--json');
  const record = args.includes('--record');
  const names = args.filter((arg) => !['--json', '--record'].includes(arg));
  if (names.includes('--help')) {
    console.log(HELP);
    return;
  }
  const results: Result[] = [];
  if (!json) console.log(row(HEAD));
  for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
    const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
    if (load === undefined)
      throw new Error(`There is no bench "${name}"; there are: ${Object.keys(BENCHES).join(', ')}.`);
    const before = { date: new Date().toISOString().slice(0, 10), machine: machine() };
    const own: Result[] = [];
    for await (const result of (await load()).bench()) {
      own.push(result);
      const { bench, size, unit, ours, baseline, ratio, runs, spread } = result;
      results.push(result);
      if (!json)
        console.log(row([bench, size, `${ours} ${unit}`, `${baseline} ${unit}`, ratio, runs, spread.join(' to ')]));
    }
    if (record) writeRecord(name, { ...before, results: own });
  }
  if (record) renewDocument();
  if (json) console.log(JSON.stringify(results, null, 2));
}

function renewDocument(): void {
  for (const [file, text] of performanceFiles(readRecords())) {
    const path = resolve(import.meta.dirname, '..', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
