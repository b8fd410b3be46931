/** The faults of a rehearsal: read from a file, injected everywhere, and reported into `faults.json`. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { rehearsalDirectory } from '../layout.ts';
import type { RunOptions } from '../runner/options.ts';
import type { WorldHandle } from '../world-process.ts';
import type { FaultPlan } from './fault.ts';
import { intercept } from './intercept.ts';
import { act } from './moments.ts';
import { stageFaults, type WireControl } from './stages.ts';
import { Wire } from './wire.ts';

/** What a rehearsal with faults needs. */
export interface Injection {
  /** Puts the faults in front of the GitHub stand-in, which is of this process. */
  onGitHub: (server: Server) => void;
  aroundAction: NonNullable<RunOptions['aroundAction']>;
  /** Writes what became of the faults. */
  save(): void;
}

/** @param file the faults, as a `FaultPlan` in JSON */
export function injectFaults(file: string, world: WorldHandle): Injection {
  const plan = JSON.parse(readFileSync(file, 'utf8')) as FaultPlan;
  const wire = new Wire((kind, pid) => act(kind, pid, () => []));
  const own: WireControl = {
    arm: async (faults) => wire.arm(faults),
    aim: (pid) => wire.aim(pid),
    report: async () => wire.report(),
  };
  const { aroundAction, report } = stageFaults(plan, world.wires === undefined ? [own] : [own, world.wires]);
  return {
    onGitHub: (server) => intercept(server, 'github', wire),
    aroundAction,
    save: () => writeFileSync(join(rehearsalDirectory, 'faults.json'), `${JSON.stringify(report, null, 1)}\n`),
  };
}
