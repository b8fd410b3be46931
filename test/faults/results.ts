/** The recorded results of `npm run faults`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from './verdicts.ts';

/** One run of the pipeline with its trials, a line of the file. */
export interface RunResult {
  seed: number;
  seconds: number;
  /** What was wrong with the run as a whole; then none of its trials counts as converged. */
  problems: string[];
  /** Trials that were to be; those that did not come about have no verdict. */
  planned: number;
  verdicts: Verdict[];
}

/** One JSON object a line. */
export const resultsFile = join(import.meta.dirname, 'results.jsonl');

/** All of them; none when there is no file. */
export function readResults(): RunResult[] {
  if (!existsSync(resultsFile)) return [];
  const lines = readFileSync(resultsFile, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as RunResult);
}
