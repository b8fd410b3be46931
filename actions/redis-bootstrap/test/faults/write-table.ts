/**
 * Makes the table of faults in docs/redis.md anew: does what `npm run redis-faults` does, and writes down what came of it:
 * `node actions/redis-bootstrap/test/faults/write-table.ts`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Outcome } from './outcome.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const DOCUMENT = join(ROOT, 'docs/redis.md');

/** The rows as a table, faults in alphabetical order. */
function table(outcomes: readonly Outcome[]): string {
  const rows = [...outcomes]
    .sort((a, b) => a.fault.localeCompare(b.fault))
    .map(({ fault, found, done, lost, seconds }) => [fault, found, done, String(lost), seconds?.toFixed(1) ?? '']);
  const lines = [
    ['Fault', 'A plan says', 'What is done', 'Keys lost', 'Seconds'],
    ['---', '---', '---', '---:', '---:'],
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const directory = mkdtempSync(join(tmpdir(), 'faults-'));
const collection = join(directory, 'rows');
writeFileSync(collection, '');
try {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const { status } = spawnSync(process.execPath, [...jest, '--config=jest.redis-faults.config.js'], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, FAULT_TABLE: collection },
  });
  if (status !== 0) throw new Error('A fault was not healed as it should be; the table is left as it was.');
  const outcomes = readFileSync(collection, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
  const text = readFileSync(DOCUMENT, 'utf8');
  const section = /(<!-- generated: faults -->\n)[\s\S]*?(\n<!-- end -->)/;
  if (!section.test(text)) throw new Error(`${DOCUMENT} has no section "generated: faults".`);
  writeFileSync(
    DOCUMENT,
    text.replace(section, (_, begin: string, end: string) => `${begin}\n${table(outcomes)}\n${end}`),
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
