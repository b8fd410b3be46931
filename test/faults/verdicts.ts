/** What became of each trial of a run. Pure. */
import type { Attempt, Fault, FaultReport } from '../../rehearsal/faults/fault.ts';
import type { Trial } from './trials.ts';

/** The end of one trial. */
export interface Verdict {
  id: string;
  stage: string;
  /** What was injected, `throttled at PUT /…`; two for a pair. */
  faults: string[];
  /**
   * `overcome`: the action went on by itself. `run again`: it failed with a sentence that names the cause, or was killed, and
   * the next attempt without a fault succeeded. `failed`: neither; `problem` says why.
   */
  end: 'overcome' | 'run again' | 'failed';
  problem?: string;
}

/** What a sentence must have in it that names the cause. */
const CAUSES: Record<Fault['kind'], RegExp | undefined> = {
  reset: /reset|hang up|ECONN|closed|EOF|reach|connect|lost/i,
  'lost-answer': /reset|hang up|ECONN|closed|EOF|reach|connect|lost|aborted/i,
  throttled: /429|throttl|too many|rate limit/i,
  'server-error': /\b500\b|internal|server error|encountered/i,
  unavailable: /\b503\b|unavailable|unable to handle/i,
  slow: /time|slow/i,
  truncated: /EOF|unexpected end|closed|reset|hang up|aborted|truncat|JSON|cut|connect|lost/i,
  'stale-read': /./,
  'expired-token': /\b401\b|unauthor|token|expired|credentials|sign/i,
  kill: undefined,
  'kill-tree': undefined,
  terminate: /cancel/i,
  'disk-full': /space|ENOSPC|disk/i,
  'pod-out-of-memory': /./,
  'zone-lost': /./,
};

/** A killed process says nothing. */
const SILENT: readonly Fault['kind'][] = ['kill', 'kill-tree'];

function namesCause(attempt: Attempt): boolean {
  const fired = attempt.faults.filter(({ id }) => attempt.fired.some((one) => one.id === id));
  if (fired.some(({ kind }) => SILENT.includes(kind))) return true;
  const text = attempt.errors.join('\n');
  return fired.some(({ kind }) => CAUSES[kind]?.test(text));
}

function judge(trial: Trial, attempts: readonly Attempt[]): Pick<Verdict, 'end' | 'problem'> {
  const attempt = attempts[trial.attempt];
  if (attempt?.succeeded) return { end: 'overcome' };
  if (!attempts.at(-1)?.succeeded) {
    const last = attempts.at(-1);
    return { end: 'failed', problem: `does not converge: ${last?.errors.join(' ') || 'no message'}` };
  }
  if (attempt !== undefined && !namesCause(attempt))
    return { end: 'failed', problem: `does not name the cause: ${attempt.errors.join(' ') || 'no message'}` };
  return { end: 'run again' };
}

/** The verdicts on the trials that came about: one whose faults did not all happen tells nothing. */
export function verdictsOf(trials: readonly Trial[], report: FaultReport): Verdict[] {
  return trials.flatMap((trial) => {
    const attempts = report.find(({ stage }) => stage === trial.stage)?.attempts ?? [];
    const fired = attempts[trial.attempt]?.fired ?? [];
    const met = trial.faults.map((fault) => ({ kind: fault.kind, at: fired.find(({ id }) => id === fault.id)?.at }));
    if (met.some(({ at }) => at === undefined)) return [];
    const faults = met.map(({ kind, at }) => `${kind} at ${at}`);
    return [{ id: trial.id, stage: trial.stage, faults, ...judge(trial, attempts) }];
  });
}
