/** Which phases a run is as long as, and how much of runners' time it takes. Pure. */
import type { Phase } from './report.ts';

/** A phase that nothing else could have hidden. */
export interface Critical {
  name: string;
  seconds: number;
  /** Seconds between the end of the last phase that it needs and its own start. */
  waited: number;
}

/** What a run takes of runners. */
export interface RunnerTime {
  jobs: number;
  /** Of all jobs together. */
  seconds: number;
  /** As GitHub bills its own runners: each job by the minute begun (https://docs.github.com/billing/concepts/product-billing/github-actions). */
  billedMinutes: number;
}

/** From the phase that ended last back to the first, each time by the one that was waited for longest. */
export function criticalPath(phases: readonly Phase[]): Critical[] {
  const ran = phases.filter(hasRun);
  const path: Critical[] = [];
  let current = lastOf(ran);
  while (current !== undefined) {
    const { name, seconds, startedAfter, needs } = current;
    const before = lastOf(ran.filter((phase) => needs.includes(phase.name) && phase.name !== name));
    const waited = before === undefined ? startedAfter : Math.max(0, startedAfter - endOf(before));
    path.unshift({ name, seconds, waited: Math.round(waited * 100) / 100 });
    current = path.some((step) => step.name === before?.name) ? undefined : before;
  }
  return path;
}

/** Jobs that were skipped take nothing, and a gate's job only begins once somebody has approved. */
export function runnerTime(phases: readonly Phase[]): RunnerTime {
  const ran = phases.filter(hasRun);
  return {
    jobs: ran.length,
    seconds: Math.round(ran.reduce((sum, { seconds }) => sum + seconds, 0) * 10) / 10,
    billedMinutes: ran.reduce((sum, { seconds }) => sum + Math.max(1, Math.ceil(seconds / 60)), 0),
  };
}

/** `plan 4.5 s > recheck 4.1 s > infra 1.3 s`, with what was waited for nothing. */
export function pathInWords(path: readonly Critical[]): string {
  return path
    .map(({ name, seconds, waited }) => {
      const idle = waited >= 1 ? ` (began ${waited.toFixed(1)} s after what it needs)` : '';
      return `${name} ${seconds.toFixed(1)} s${idle}`;
    })
    .join(' > ');
}

type Ran = Phase & { startedAfter: number };

function hasRun(phase: Phase): phase is Ran {
  return phase.startedAfter !== undefined && phase.status !== 'skipped';
}

const endOf = ({ startedAfter, seconds }: Ran): number => startedAfter + seconds;

function lastOf(phases: readonly Ran[]): Ran | undefined {
  return phases.reduce<Ran | undefined>(
    (last, phase) => (last === undefined || endOf(phase) > endOf(last) ? phase : last),
    undefined,
  );
}
