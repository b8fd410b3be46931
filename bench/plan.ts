/** Plans of many resources: what showing one costs beside what reading its JSON costs alone. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Result, race, resultOf } from './harness.ts';
import { largePlan } from './large-plan.ts';
import { comment, summary } from './plan-work.ts';

const SIZES = [100, 1000, 5000, 20_000];
const MEMORY_RUNS = 3;

export async function* bench(): AsyncGenerator<Result> {
  const home = mkdtempSync(join(tmpdir(), 'bench-plan-'));
  try {
    for (const size of SIZES) {
      const text = JSON.stringify(largePlan(size));
      const baseline = (): unknown => JSON.parse(text);
      yield await race({ bench: 'plan/render', size, ours: () => comment(text), baseline });
      yield await race({ bench: 'plan/summary', size, ours: () => summary(text), baseline });
      const file = join(home, `${size}.json`);
      writeFileSync(file, text);
      const ours = Array.from({ length: MEMORY_RUNS }, () => peakOf(file, 'comment'));
      const alone = Array.from({ length: MEMORY_RUNS }, () => peakOf(file, 'parse'));
      yield resultOf({ bench: 'plan/memory', size, unit: 'MB', ours, baseline: alone });
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The peak of a process that does it once, in MB. */
function peakOf(file: string, work: 'comment' | 'parse'): number {
  const script = join(import.meta.dirname, 'plan-memory.ts');
  return Number.parseFloat(execFileSync(process.execPath, [script, file, work], { encoding: 'utf8' }));
}
