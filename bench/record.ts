/** Results on disk: one file for each bench, with the machine that it ran on. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { basename, join } from 'node:path';
import type { Result } from './harness.ts';

const FOLDER = join(import.meta.dirname, 'results');

/** What the times depend on. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGibibytes: number;
  system: string;
  node: string;
  /** Load of the last minute before the bench: above the number of cores, something else was at work. */
  load: number;
}

/** A bench as it was recorded. */
export interface Recorded {
  /** ISO 8601, UTC, to the day. */
  date: string;
  machine: Machine;
  results: readonly Result[];
}

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}

/** Writes one bench. */
export function writeRecord(name: string, recorded: Recorded): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
}

/** Every bench that was recorded, by name. */
export function readRecords(): Map<string, Recorded> {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort();
  return new Map(
    names.map((file) => [basename(file, '.json'), JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recorded]),
  );
}
