/**
 * Runs every action of a run with the faults that are planned for it, one action at a time, so that each request is known to
 * be that action's. An action that fails is run again, as with GitHub's "Re-run failed jobs", until it has met all of its
 * faults and once more, or has succeeded.
 */
import type { ActionCall } from '../runner/options.ts';
import type { StepEnd } from '../runner/steps.ts';
import type { Attempt, Fault, FaultPlan, FaultReport, RequestFault } from './fault.ts';
import type { WireReport } from './wire.ts';

/** The wires of one process of stand-ins. */
export interface WireControl {
  arm(faults: readonly RequestFault[]): Promise<void>;
  aim(pid: number): void;
  report(): Promise<WireReport>;
}

/** Attempts without a fault after those with faults; the first may have to wait for what a killed one has left. */
const ATTEMPTS_WITHOUT_FAULT = 2;

/** The runner's `aroundAction`, and what it has come to. */
export function stageFaults(
  plan: FaultPlan,
  wires: readonly WireControl[],
): { aroundAction: (call: ActionCall) => Promise<StepEnd>; report: FaultReport } {
  const report: FaultReport = [];
  let last: Promise<unknown> = Promise.resolve();

  async function attempt(call: ActionCall, faults: readonly Fault[]): Promise<{ row: Attempt; end: StepEnd }> {
    const started = Date.now();
    const atRequests = faults.filter((fault): fault is RequestFault => fault.kind !== 'disk-full');
    const disk = faults.find(({ kind }) => kind === 'disk-full');
    for (const wire of wires) await wire.arm(atRequests);
    const { end, errors } = await call.attempt({
      onStart: (pid) => {
        for (const wire of wires) wire.aim(pid);
      },
      diskFull: disk !== undefined,
    });
    const reports = await Promise.all(wires.map((wire) => wire.report()));
    const fired = reports.flatMap((each) => each.fired);
    if (disk !== undefined) fired.push({ id: disk.id, at: 'the disk' });
    const row: Attempt = {
      faults: [...faults],
      fired,
      requests: Object.assign({}, ...reports.map(({ requests }) => requests)),
      succeeded: end.outcome === 'success',
      seconds: (Date.now() - started) / 1000,
      errors: [...errors],
    };
    return { row, end };
  }

  async function run(call: ActionCall): Promise<StepEnd> {
    const planned = plan[call.stage] ?? [];
    const attempts: Attempt[] = [];
    report.push({ stage: call.stage, attempts });
    for (;;) {
      const { row, end } = await attempt(call, planned[attempts.length] ?? []);
      attempts.push(row);
      const most = planned.length === 0 ? 1 : planned.length + ATTEMPTS_WITHOUT_FAULT;
      if (row.succeeded || attempts.length >= most) return end;
    }
  }

  return {
    report,
    aroundAction: (call) => {
      const mine = last.then(() => run(call));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
