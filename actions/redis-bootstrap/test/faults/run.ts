/**
 * Every fault of Redis Clusters, in every case: `npm run redis-faults [-- OPTIONS] [TEST FILE…]`.
 *
 *   --redis NAME   the servers: one of those that the set-up provides, or `all` of them; this machine's when left out
 *   --quick        one case of each fault, with fewer keys, as in `npm test`
 *   --write        writes what it saw into docs/redis.md: a column by version; without `--redis`, the table of faults
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { VERSIONS } from '../redis-programs.ts';
import type { Outcome } from './outcome.ts';
import { DOCUMENT, writeFaults, writeVersion } from './tables.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { redis: { type: 'string' }, quick: { type: 'boolean' }, write: { type: 'boolean' } },
});
const { redis, quick = false, write = false } = values;
const known: readonly string[] = VERSIONS;
if (redis !== undefined && redis !== 'all' && !known.includes(redis)) {
  console.error(`--redis must be one of ${[...known, 'all'].join(', ')}; it is ${redis}.`);
  process.exit(1);
}

/** Runs them on servers of one version; what became of them, when all was as it should be. */
function run(version: string | undefined): Outcome[] | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'faults-'));
  const collection = join(directory, 'rows');
  try {
    const { status } = spawnSync(process.execPath, [...JEST, '--config=jest.redis-faults.config.js', ...positionals], {
      cwd: ROOT,
      stdio: 'inherit',
      env: {
        ...process.env,
        REDIS_FAULTS: quick ? 'quick' : 'full',
        ...(version === undefined ? {} : { REDIS_VERSION: version }),
        ...(write ? { FAULT_TABLE: collection } : {}),
      },
    });
    if (status !== 0) return undefined;
    const lines = existsSync(collection) ? readFileSync(collection, 'utf8').trim().split('\n') : [];
    return lines.map((line) => JSON.parse(line) as Outcome);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

for (const version of redis === 'all' ? VERSIONS : [redis]) {
  console.log(version ?? 'The servers of this machine');
  const outcomes = run(version);
  if (outcomes === undefined) process.exitCode = 1;
  else if (write) {
    const document = readFileSync(DOCUMENT, 'utf8');
    const written = version === undefined ? writeFaults(document, outcomes) : writeVersion(document, version, outcomes);
    writeFileSync(DOCUMENT, written);
  }
}
