/**
 * The whole pipeline on this machine, in the rehearsal: the time is that of the deployment alone, from the start of its first
 * job to the end of its last, without setting the stand-ins up. What Azure takes minutes for, the stand-ins do at once: the
 * first deployment is all pipeline, which makes the ratio of the others to it the hardest that there is.
 *
 * - `rehearsal/no-op` and `rehearsal/redeploy` against the first deployment: nothing to do, and one changed setting that rolls
 *   the web pods;
 * - `rehearsal/no-op-processes/<phase>` and `rehearsal/no-op-requests/<phase>`: how many kubectl and terraform processes, and
 *   requests to Kubernetes, against the first deployment;
 * - `rehearsal/…-azure`, `-github`, `-jobs`, `-billed`: requests of the whole run to Azure and GitHub, jobs, and minutes of runners
 *   as GitHub bills them, against the first deployment;
 * - `rehearsal/parallel`: the plans of so many environments at once, each in a world of its own, against one alone.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Result, resultOf } from './harness.ts';
import { type Counted, CountedRehearsal } from './rehearsal/counted.ts';

const RUNS = 2;
const PARALLEL = [1, 2, 4];
const FILE = resolve(import.meta.dirname, '../environments/production.yml');

export async function* bench(): AsyncGenerator<Result> {
  const home = mkdtempSync(join(tmpdir(), 'bench-rehearsal-'));
  try {
    const seconds: Record<'first' | 'noOp' | 'redeploy', number[]> = { first: [], noOp: [], redeploy: [] };
    let last: Record<'first' | 'noOp' | 'redeploy', Counted> | undefined;
    for (let run = 0; run < RUNS; run += 1) {
      const rehearsal = new CountedRehearsal(join(home, `run-${run}`));
      try {
        const first = await rehearsal.run('--keep');
        const noOp = await rehearsal.run('--again', '--keep');
        const redeploy = await rehearsal.run('--again', '--keep', '--environment-file', changedFile(home));
        seconds.first.push(first.report.seconds);
        seconds.noOp.push(noOp.report.seconds);
        seconds.redeploy.push(redeploy.report.seconds);
        last = { first, noOp, redeploy };
      } finally {
        await rehearsal.stop();
      }
    }
    const { first, noOp, redeploy } = seconds;
    yield resultOf({ bench: 'rehearsal/no-op', size: 1, unit: 's', ours: noOp, baseline: first });
    yield resultOf({ bench: 'rehearsal/redeploy', size: 1, unit: 's', ours: redeploy, baseline: first });
    if (last !== undefined) {
      yield* countsOf(last.first, last.noOp);
      yield* runnersOf(last);
    }
    yield* parallel(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function* countsOf(first: Counted, noOp: Counted): Generator<Result> {
  for (const [kind, unit, count] of [
    ['processes', 'processes', (of: Counted) => of.processes],
    ['requests', 'requests', (of: Counted) => of.kubernetesRequests],
  ] as const)
    for (const [phase, baseline] of count(first)) {
      const ours = count(noOp).get(phase) ?? 0;
      yield resultOf({ bench: `rehearsal/no-op-${kind}/${phase}`, size: 1, unit, ours: [ours], baseline: [baseline] });
    }
}

/** Requests of the whole run, and what it takes of GitHub's runners, as they bill it: every job by the minute begun. */
function* runnersOf({ first, noOp, redeploy }: Record<'first' | 'noOp' | 'redeploy', Counted>): Generator<Result> {
  for (const [name, run] of [
    ['no-op', noOp],
    ['redeploy', redeploy],
  ] as const)
    for (const [what, unit, of] of [
      ['azure', 'requests', (counted: Counted) => counted.azureRequests],
      ['github', 'requests', (counted: Counted) => counted.githubRequests],
      ['jobs', 'jobs', (counted: Counted) => counted.report.runner.jobs],
      ['billed', 'minutes', (counted: Counted) => counted.report.runner.billedMinutes],
    ] as const)
      yield resultOf({ bench: `rehearsal/${name}-${what}`, size: 1, unit, ours: [of(run)], baseline: [of(first)] });
}

/** Another time zone: configuration of every pod that serves pages. */
function changedFile(home: string): string {
  const text = readFileSync(FILE, 'utf8').replace(/timezone: .*/, 'timezone: Europe/Madrid');
  const file = join(home, 'changed.yml');
  writeFileSync(file, text);
  return file;
}

async function* parallel(home: string): AsyncGenerator<Result> {
  let alone: number[] = [];
  for (const size of PARALLEL) {
    const worlds = Array.from(
      { length: size },
      (_, index) => new CountedRehearsal(join(home, `parallel-${size}-${index}`)),
    );
    const ended = await Promise.all(worlds.map((world) => world.run('--mode', 'plan')));
    const ours = ended.map(({ report }) => report.seconds);
    if (size === 1) alone = ours;
    yield resultOf({ bench: 'rehearsal/parallel', size, unit: 's', ours, baseline: alone });
  }
}
