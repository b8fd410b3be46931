/** One run of the pipeline with faults, from nothing, and all that can be said of it afterwards. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultPlan, FaultReport } from '../../rehearsal/faults/fault.ts';
import { type EndState, kubectl, readEndState, readWorld } from '../rehearsal/end-state.ts';
import { leftovers, startRehearsal, until } from '../rehearsal/rehearsal-process.ts';
import { filesWithSecrets, podLogs, secretsIn, secretsOf } from '../rehearsal/secrets.ts';

const ENVIRONMENT = 'development';
/** A little longer than a Lease lasts, and than a world takes to end. */
const LEASE_SECONDS = 35;
const ENDING_SECONDS = 15;
const NO_STATE: EndState = { objects: [], pods: [], redis: [], terraform: [], tables: [], connections: [] };

/** What a run has come to. */
export interface FaultRun {
  report: FaultReport;
  state: EndState;
  /** What is wrong whatever the faults were: secrets, processes and locks that were left, a pipeline that failed. */
  problems: string[];
  seconds: number;
}

/** Locks that somebody still has: Leases that were renewed within their time, and Terraform's lock files. */
function locksLeft(directory: string): string[] {
  const { items } = JSON.parse(kubectl(readWorld(directory), 'get', 'leases', '-A', '-o', 'json')) as {
    items: {
      metadata: { name: string };
      spec?: { holderIdentity?: string; renewTime?: string; leaseDurationSeconds?: number };
    }[];
  };
  const isHeld = (spec: (typeof items)[number]['spec']): boolean =>
    (spec?.holderIdentity ?? '') !== '' &&
    Date.parse(spec?.renewTime ?? '') + (spec?.leaseDurationSeconds ?? 0) * 1000 > Date.now();
  const held = items.filter(({ spec }) => isHeld(spec)).map(({ metadata }) => metadata.name);
  const folder = join(directory, 'state/terraform');
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
  return [...held.map((name) => `Lease ${name}`), ...files.filter((file) => file.endsWith('.lock.info'))];
}

/** Runs from nothing, looks, and stops everything. The folder is the run's own. */
export async function runWithFaults(
  directory: string,
  plan: FaultPlan,
  options: {
    arguments?: readonly string[];
    limitMilliseconds: number;
    /** Only a part of the pipeline runs: its end has no state to compare. */
    partly?: boolean;
  },
): Promise<FaultRun> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'plan.json');
  writeFileSync(file, JSON.stringify(plan));
  const more = options.arguments ?? [];
  const run = startRehearsal({
    directory,
    logFile: join(directory, 'log'),
    arguments: ['--worktree', '--environment', ENVIRONMENT, '--no-preview', '--keep', '--faults', file, ...more],
  });
  const limit = setTimeout(() => run.child.kill('SIGINT'), options.limitMilliseconds);
  const end = await run.end;
  clearTimeout(limit);
  const problems = end.exitCode === 0 ? [] : [`the pipeline ended with ${end.exitCode ?? 'a signal'}`];
  try {
    const report = JSON.parse(readFileSync(join(directory, 'faults.json'), 'utf8')) as FaultReport;
    const secrets = secretsOf(directory);
    const seen = [...secretsIn(end.log, secrets), ...secretsIn(podLogs(directory), secrets)];
    const files = filesWithSecrets(directory, ['run', 'report.json', 'report.html', 'faults.json'], secrets);
    problems.push(...[...seen, ...files].map((what) => `secret: ${what}`));
    // The Lease of a process that was killed runs out by itself.
    const locks = await settled(() => locksLeft(directory), LEASE_SECONDS);
    problems.push(...locks.map((lock) => `left locked: ${lock}`));
    const state = options.partly ? NO_STATE : readEndState(directory, ENVIRONMENT);
    return { report, state, problems, seconds: end.seconds };
  } finally {
    await startRehearsal({ directory, arguments: ['--down'] }).end;
    const processes = await settled(() => leftovers(directory), ENDING_SECONDS);
    problems.push(...processes.map((left) => `left running: ${left}`));
  }
}

/** What is still there when it has had time to go. */
async function settled(look: () => string[], seconds: number): Promise<string[]> {
  try {
    return await until(look, (left) => left.length === 0, seconds);
  } catch {
    return look();
  }
}
