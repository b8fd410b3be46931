/**
 * Measures a piece of work against another, in one process and in turns, so that whatever slows the machine down slows
 * both. What counts is the ratio: times of different machines cannot be compared, ratios nearly can.
 */

export type Unit = 'ms' | 's' | 'kB' | 'MB' | 'processes' | 'requests' | 'objects' | 'jobs' | 'minutes';

/** One line of the results. */
export interface Result {
  /** What was measured, `<file>/<what>`. */
  bench: string;
  /** How large the input was, in what the bench counts. */
  size: number;
  unit: Unit;
  /** Median of ours. */
  ours: number;
  /** Median of what it is measured against. */
  baseline: number;
  /** `ours / baseline`. */
  ratio: number;
  /** Measured runs of each. */
  runs: number;
  /** Half of ours lie between these two. */
  spread: [number, number];
}

/** Two pieces of work on the same input. What they answer is kept until the clock has stopped. */
export interface Race {
  bench: string;
  size: number;
  ours: () => unknown;
  baseline: () => unknown;
  /** Measured runs of each. */
  runs?: number;
}

const RUNS = 15;
/** Runs and milliseconds before measuring: the engine compiles what it sees repeated. */
const WARM_UP = { runs: 3, milliseconds: 500 };

/** Times both in turns. Promises are awaited. */
export async function race({ bench, size, ours, baseline, runs = RUNS }: Race): Promise<Result> {
  const times: { ours: number[]; baseline: number[] } = { ours: [], baseline: [] };
  const warm = performance.now() + WARM_UP.milliseconds;
  for (let run = 0; run < WARM_UP.runs || performance.now() < warm; run += 1) {
    await baseline();
    await ours();
  }
  for (let run = 0; run < runs; run += 1) {
    // Who goes first changes, since the first pays for what the other left to collect.
    const order = run % 2 === 0 ? (['ours', 'baseline'] as const) : (['baseline', 'ours'] as const);
    for (const who of order) {
      times[who].push(await timed(who === 'ours' ? ours : baseline));
    }
  }
  return resultOf({ bench, size, unit: 'ms', ...times });
}

/** What times itself: each run answers its own number. */
export interface Turns {
  bench: string;
  size: number;
  unit: Unit;
  ours: (run: number) => Promise<number>;
  baseline: (run: number) => Promise<number>;
  /** Measured runs of each. */
  runs: number;
  /** Runs of each that are not counted, which fill the caches of the disk. */
  warmUp?: number;
}

/** Runs both in turns, and takes the numbers that they answer. */
export async function inTurns({ ours, baseline, runs, warmUp = 0, ...what }: Turns): Promise<Result> {
  const work = { ours, baseline };
  const numbers: { ours: number[]; baseline: number[] } = { ours: [], baseline: [] };
  for (let run = -warmUp; run < runs; run += 1) {
    const order = run % 2 === 0 ? (['ours', 'baseline'] as const) : (['baseline', 'ours'] as const);
    for (const who of order) {
      const number = await work[who](Math.max(0, run));
      if (run >= 0) numbers[who].push(number);
    }
  }
  return resultOf({ ...what, ...numbers });
}

async function timed(work: () => unknown): Promise<number> {
  globalThis.gc?.();
  const start = performance.now();
  const answer = work();
  if (answer instanceof Promise) await answer;
  return performance.now() - start;
}

/** What was measured some other way, as a result. Both lists have at least one number. */
export function resultOf(measured: {
  bench: string;
  size: number;
  unit: Result['unit'];
  ours: readonly number[];
  baseline: readonly number[];
}): Result {
  const { bench, size, unit } = measured;
  const [ours, baseline] = [quantile(measured.ours, 0.5), quantile(measured.baseline, 0.5)];
  return {
    bench,
    size,
    unit,
    ours: rounded(ours),
    baseline: rounded(baseline),
    ratio: rounded(ours / baseline),
    runs: measured.ours.length,
    spread: [rounded(quantile(measured.ours, 0.25)), rounded(quantile(measured.ours, 0.75))],
  };
}

/** The value below which that share of the values lies, by the nearest rank. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Three significant digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
