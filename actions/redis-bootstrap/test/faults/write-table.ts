/**
 * Makes the table of faults in docs/redis.md anew: does what `npm run redis-faults` does, and writes down what came of it:
 * `node actions/redis-bootstrap/test/faults/write-table.ts [FILE]`. With the name of a test file the other rows are kept.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Outcome } from './outcome.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const DOCUMENT = join(ROOT, 'docs/redis.md');

const HEAD = ['| Fault | A plan says | What is done | Keys lost | Seconds |', '| --- | --- | --- | ---: | ---: |'];
const SECTION = /(<!-- generated: faults -->\n)([\s\S]*?)(\n<!-- end -->)/;

function row({ fault, found, done, lost, seconds }: Outcome): string {
  return `| ${[fault, found, done, lost, seconds?.toFixed(1) ?? ''].join(' | ')} |`;
}

const [only] = process.argv.slice(2);
const text = readFileSync(DOCUMENT, 'utf8');
const [, , before] = SECTION.exec(text) ?? [];
if (before === undefined) throw new Error(`${DOCUMENT} has no section "generated: faults".`);
const directory = mkdtempSync(join(tmpdir(), 'faults-'));
const collection = join(directory, 'rows');
writeFileSync(collection, '');
try {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const { status } = spawnSync(
    process.execPath,
    [...jest, '--config=jest.redis-faults.config.js', ...(only === undefined ? [] : [only])],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, FAULT_TABLE: collection } },
  );
  if (status !== 0) throw new Error('A fault was not healed as it should be; the table is left as it was.');
  const outcomes = readFileSync(collection, 'utf8').trim().split('\n');
  const fresh = outcomes.map((line) => JSON.parse(line) as Outcome);
  const isFresh = (line: string): boolean => fresh.some(({ fault }) => line.startsWith(`| ${fault} |`));
  const kept =
    only === undefined
      ? []
      : before
          .split('\n')
          .slice(HEAD.length)
          .filter((line) => line !== '' && !isFresh(line));
  const lines = [...kept, ...fresh.map(row)].sort((a, b) => a.localeCompare(b));
  writeFileSync(
    DOCUMENT,
    text.replace(SECTION, (_, begin: string, __, end: string) => `${begin}\n${[...HEAD, ...lines].join('\n')}\n${end}`),
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
