/**
 * `npm run rehearse:kill [-- PHASE …]`: kills the rehearsal with SIGKILL in each phase, on a state of its own, runs it
 * again on what was left, and compares the end with that of a rehearsal nobody killed. Takes about two minutes a phase;
 * rehearses the last commit, like `npm run rehearse`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { differences, type EndState, readEndState } from '../test/rehearsal/end-state.ts';
import { leftovers, rehearse, startRehearsal, until } from '../test/rehearsal/rehearsal-process.ts';

const ENVIRONMENT = 'development';

/** How far into the step the kill comes: late enough that it has begun to change things, early enough that it is not done. */
const INTO_THE_STEP_MILLISECONDS = 250;

/** The line of the log at which each phase begins to do what it is for. */
const MOMENTS: Record<string, RegExp> = {
  plan: /\[deploy \/ plan\] - Plan the services/,
  gate: /\[deploy \/ gate\] starts/,
  infra: /\[deploy \/ apply \/ infra\] {3}> Apply/,
  'redis-sessions': /\[deploy \/ apply \/ redis-sessions\] {3}> Apply/,
  'redis-cache': /\[deploy \/ apply \/ redis-cache\] {3}> Apply/,
  'pgbouncer-image': /\[deploy \/ apply \/ pgbouncer-image\] {3}> Apply/,
  image: /\[deploy \/ apply \/ image\] {3}> Apply/,
  services: /\[deploy \/ apply \/ services\] {3}> Apply/,
  database: /\[deploy \/ apply \/ database\] {3}> Apply/,
  web: /\[deploy \/ apply \/ web\] {3}> Apply/,
  cron: /\[deploy \/ apply \/ cron\] {3}> Apply/,
  frontend: /\[deploy \/ apply \/ frontend\] {3}> Apply/,
  'approve-pls': /\[deploy \/ apply \/ approve-pls\] {3}> Apply/,
  smoke: /\[deploy \/ apply \/ smoke\] - Look at the site from outside/,
};

interface Row {
  phase: string;
  verdict: string;
  gone: string;
  again: string;
  details: string[];
}

/** No run takes this long; one that does hangs. */
const LIMIT_MILLISECONDS = 300_000;

const directory = mkdtempSync(join(tmpdir(), 'kill-matrix-'));
const logFile = `${directory}.log`;

/** Brings the environment up to its end and reads what it has come to. */
async function settle(...args: string[]): Promise<{ state: EndState; seconds: number; problems: string[] }> {
  const run = startRehearsal({
    directory,
    logFile,
    arguments: ['--environment', ENVIRONMENT, '--no-preview', '--keep', ...args],
  });
  const limit = setTimeout(() => run.child.kill('SIGKILL'), LIMIT_MILLISECONDS);
  const end = await run.end;
  clearTimeout(limit);
  try {
    const { reasons } = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as { reasons: string[] };
    const problems =
      end.exitCode === 0 ? [] : [`exit code ${end.exitCode}`, ...reasons, ...end.log.split('\n').slice(-5)];
    return { state: readEndState(directory, ENVIRONMENT), seconds: end.seconds, problems };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${end.log.split('\n').slice(-15).join('\n')}`);
  } finally {
    await rehearse(directory, '--down');
  }
}

/** Starts anew, kills in a phase, waits until everything is gone, and answers how long that took. */
async function killIn(moment: RegExp): Promise<number> {
  const run = startRehearsal({ directory, logFile, arguments: ['--environment', ENVIRONMENT, '--no-preview'] });
  await run.line(moment);
  await sleep(INTO_THE_STEP_MILLISECONDS);
  process.kill(run.pid, 'SIGKILL');
  const killed = Date.now();
  await run.end;
  await until(
    () => leftovers(directory),
    (left) => left.length === 0,
    30,
  );
  return (Date.now() - killed) / 1000;
}

async function tryPhase(phase: string, moment: RegExp, expected: EndState): Promise<Row> {
  const row: Row = { phase, verdict: 'failed', gone: '', again: '', details: [] };
  try {
    row.gone = `${(await killIn(moment)).toFixed(1)} s`;
    const { state, seconds, problems } = await settle('--again');
    row.again = `${seconds.toFixed(1)} s`;
    row.details = [...problems, ...differences(expected, state)];
    if (row.details.length === 0) row.verdict = 'converged';
    else if (problems.length === 0) row.verdict = 'differs';
  } catch (error) {
    row.details = [error instanceof Error ? error.message : String(error)];
  }
  return row;
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell, index) => cell.padEnd([15, 10, 9, 9][index] ?? 0)).join(' | ')} |`;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((phase) => MOMENTS[phase] === undefined);
if (unknown.length > 0) {
  console.error(`There is no phase ${unknown.join(', ')}; the phases are ${Object.keys(MOMENTS).join(', ')}.`);
  process.exit(1);
}
console.log(`Everything that the rehearsals print is in ${logFile}.`);
try {
  const { state: expected, problems } = await settle();
  if (problems.length > 0) throw new Error(`The rehearsal fails also when nobody kills it:\n${problems.join('\n')}`);
  console.log(tableRow(['killed in', 'end state', 'all gone', 'again']));
  console.log(tableRow(['---', '---', '---', '---']));
  for (const [phase, moment] of Object.entries(MOMENTS)) {
    if (asked.length > 0 && !asked.includes(phase)) continue;
    const row = await tryPhase(phase, moment, expected);
    console.log(tableRow([row.phase, row.verdict, row.gone, row.again]));
    for (const detail of row.details) console.log(detail.replace(/^/gm, '    ').slice(0, 1500));
    if (row.verdict !== 'converged') process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
