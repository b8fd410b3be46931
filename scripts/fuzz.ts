/**
 * `npm run fuzz [-- --count N --seed N]`: runs the committed bundles on hostile inputs, 2000 unless told, and prints what is
 * wrong with how they ended. `--seed N --count 1` repeats one.
 */
import { parseArgs } from 'node:util';
import { openSandbox } from '../test/fuzz/sandbox.ts';
import { fuzzOnce, type Trial } from '../test/fuzz/trial.ts';

/** Runs at once, each in a sandbox of its own. */
const LANES = 2;

const { values } = parseArgs({
  options: { count: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
});
const [count, firstSeed] = [Number(values.count), Number(values.seed)];
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(firstSeed)) {
  console.error('--count and --seed are whole numbers, --count at least 1.');
  process.exit(1);
}

const clip = (value: string): string => (value.length > 200 ? `${value.slice(0, 200)}… (${value.length})` : value);
const tally = new Map<string, { runs: number; refused: number; wrong: number; seconds: number }>();
let next = firstSeed;

function note(trial: Trial): void {
  const row = tally.get(trial.action) ?? { runs: 0, refused: 0, wrong: 0, seconds: 0 };
  tally.set(trial.action, row);
  row.runs += 1;
  row.seconds += trial.seconds;
  if (trial.exitCode !== 0) row.refused += 1;
  if (trial.problems.length === 0) return;
  row.wrong += 1;
  process.exitCode = 1;
  console.log(`seed ${trial.seed}, ${trial.action}, exit code ${trial.exitCode}:`);
  for (const name of ['mode', ...trial.hostile])
    console.log(`  ${name}: ${JSON.stringify(clip(trial.inputs[name] ?? ''))}`);
  for (const problem of trial.problems) console.log(`  - ${problem}`);
  for (const error of trial.errors) console.log(`  > ${clip(error)}`);
}

async function lane(): Promise<void> {
  const sandbox = await openSandbox();
  try {
    while (next < firstSeed + count) {
      next += 1;
      note(await fuzzOnce(next - 1, sandbox));
    }
  } finally {
    await sandbox.close();
  }
}

await Promise.all(Array.from({ length: Math.min(LANES, count) }, lane));
for (const [action, { runs, refused, wrong, seconds }] of [...tally].sort())
  console.log(
    `${action}: ${runs} runs, ${refused} refused, ${wrong} not as they must be, ${(seconds / runs).toFixed(2)} s each`,
  );
process.exit();
