/** What became of each fault: checked against the table in docs/redis.md, and collected to write it anew. */
import { appendFileSync, readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Run } from '../stage.ts';
import { DOCUMENT } from './tables.ts';

/** One row of the table. */
export interface Outcome {
  fault: string;
  /** What a plan says that it is. */
  found: string;
  /** The kinds of steps, in order. */
  done: string;
  /** Keys lost. */
  lost: number;
  /** From the start of the run that healed to its end; none when there was nothing to heal. */
  seconds?: number;
}

/** Collects the row where the table is made; else fails when the table does not have the fault. */
export function record(outcome: Outcome): void {
  const collection = process.env.FAULT_TABLE;
  if (collection !== undefined) appendFileSync(collection, `${JSON.stringify(outcome)}\n`);
  else expect(faultsInTable()).toContain(outcome.fault);
}

function faultsInTable(): string[] {
  const [, table = ''] = readFileSync(DOCUMENT, 'utf8').split('<!-- generated: faults -->');
  return [...table.matchAll(/^\| (.*?) \|/gm)].map(([, fault = '']) => fault);
}

/** The state that a run found. */
export function stateOf(run: Run): string {
  return (JSON.parse(run.outputs.topology ?? '{}') as { state?: string }).state ?? '';
}

/** The kinds of steps of a run. */
export function kindsOf(run: Run): string {
  return [...new Set(run.steps.map(({ action }) => action))].join(', ');
}

/** The message under which a run failed. */
export function failureOf(run: Run): string {
  expect({ code: run.code, log: run.log.slice(-2000) }).toMatchObject({ code: 1 });
  return (/^::error::(.*)$/m.exec(run.log)?.[1] ?? '').replaceAll('%0A', '\n');
}

/** The same run, known to have succeeded. */
export function succeeded(run: Run): Run {
  if (run.code !== 0) throw new Error(`The run ended with ${run.code ?? run.signal}: ${run.log.slice(-3000)}`);
  return run;
}
