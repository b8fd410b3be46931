/**
 * `npm run faults [-- --seed N --singles N --pairs N --minutes N]`: runs the pipeline again and again, each time with other
 * faults, until so many singles and pairs have come about, and appends each verdict to `test/faults/results.jsonl`;
 * `npm run generate` makes `docs/faults.md` of it. Goes on where an earlier call stopped; `--anew` forgets what is there.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type RunResult, readResults, resultsFile } from '../test/faults/results.ts';
import { type FaultRun, runWithFaults } from '../test/faults/run.ts';
import { chooseTrials, planOf } from '../test/faults/trials.ts';
import { verdictsOf } from '../test/faults/verdicts.ts';
import { differences } from '../test/rehearsal/end-state.ts';

/** Far more than a run takes; one that reaches it is cancelled, and counts as one that does not converge. */
const LIMIT_MILLISECONDS = 60 * 60_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    singles: { type: 'string', default: '500' },
    pairs: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '600' },
    keep: { type: 'string' },
    anew: { type: 'boolean', default: false },
  },
});
const wanted = { singles: Number(values.singles), pairs: Number(values.pairs) };
const deadline = Date.now() + Number(values.minutes) * 60_000;
if (values.anew) rmSync(resultsFile, { force: true });

const home = values.keep === undefined ? mkdtempSync(join(tmpdir(), 'faults-')) : resolve(values.keep);

/** A run without faults: what its end must be like, and which requests there are. Kept with `--keep FOLDER`. */
async function reference(): Promise<FaultRun> {
  const file = join(home, 'reference.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as FaultRun;
  console.log('A run without faults, to compare with.');
  const run = await runWithFaults(join(home, 'world'), {}, { limitMilliseconds: LIMIT_MILLISECONDS });
  if (run.problems.length > 0) throw new Error(`Also without faults: ${run.problems.join('; ')}`);
  appendFileSync(file, JSON.stringify(run));
  return run;
}

async function tryFaults(seed: number, expected: FaultRun): Promise<RunResult> {
  const trials = chooseTrials(seed, expected.report);
  const run = await runWithFaults(join(home, 'world'), planOf(trials), { limitMilliseconds: LIMIT_MILLISECONDS });
  const verdicts = verdictsOf(trials, run.report);
  const problems = [...run.problems, ...differences(expected.state, run.state)];
  return { seed, seconds: Math.round(run.seconds), problems, planned: trials.length, verdicts };
}

const count = (results: readonly RunResult[], faults: number): number =>
  results.flatMap(({ verdicts }) => verdicts).filter((verdict) => verdict.faults.length === faults).length;

try {
  const expected = await reference();
  let seed = Number(values.seed ?? Math.max(0, ...readResults().map((result) => result.seed)) + 1);
  for (; Date.now() < deadline; seed += 1) {
    const before = readResults();
    if (count(before, 1) >= wanted.singles && count(before, 2) >= wanted.pairs) break;
    const result = await tryFaults(seed, expected);
    appendFileSync(resultsFile, `${JSON.stringify(result)}\n`);
    const failed = result.verdicts.filter(({ end }) => end === 'failed');
    const now = [...before, result];
    console.log(
      `seed ${seed}, ${result.seconds} s: ${result.verdicts.length} of ${result.planned} trials came about, ${failed.length} failed; in all ${count(now, 1)} singles, ${count(now, 2)} pairs.`,
    );
    for (const { stage, faults, problem } of failed) console.log(`  ${stage}: ${faults.join(' and ')}: ${problem}`);
    for (const problem of result.problems) console.log(`  ${problem.slice(0, 600)}`);
    if (failed.length > 0 || result.problems.length > 0) process.exitCode = 1;
  }
} finally {
  if (values.keep === undefined) rmSync(home, { recursive: true, force: true });
}
process.exit();
