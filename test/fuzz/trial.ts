/** One run of a committed bundle on hostile inputs: everything about it follows from its seed. */
import type { ChildProcess } from 'node:child_process';
import { runAction } from '../support/action-process.ts';
import { seeded } from '../support/random.ts';
import { hostileValue } from './hostile.ts';
import type { Sandbox } from './sandbox.ts';
import { targets } from './usual-inputs.ts';
import { problemsOf } from './verdict.ts';

/** What was given, and what was wrong with how it ended. */
export interface Trial {
  seed: number;
  action: string;
  inputs: Record<string, string>;
  /** The inputs whose values are hostile. */
  hostile: string[];
  exitCode: number | null;
  /** The messages of its errors. */
  errors: string[];
  problems: string[];
  seconds: number;
}

/** A hostile duration may ask to wait for years: then the job is cancelled, as a person would. */
const PATIENCE_MILLISECONDS = 15_000;

/** Between one and three values at once: a mistake hides behind the first that is found, and behind all others. */
const MOST_HOSTILE = 3;

/** Chooses action and inputs by the seed, runs, and judges. */
export async function fuzzOnce(seed: number, sandbox: Sandbox): Promise<Trial> {
  const random = seeded(seed);
  const target = random.pick(targets);
  const inputs = target.usual(random, sandbox.azureUrl);
  inputs.mode = random.pick(['plan', 'apply']);
  const hostile: string[] = [];
  for (let count = 1 + random.below(MOST_HOSTILE); count > 0; count -= 1) {
    const [name, spec] = random.pick(Object.entries(target.contract.inputs));
    inputs[name] = hostileValue(random, spec, inputs[name] ?? spec.default ?? '', sandbox.places);
    hostile.push(name);
  }
  const before = sandbox.outside();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = (child: ChildProcess): void => {
    timer = setTimeout(() => {
      stopped = true;
      child.kill('SIGTERM');
    }, PATIENCE_MILLISECONDS);
  };
  const end = await runAction({
    action: target.folder,
    inputs,
    environment: sandbox.environment,
    workingDirectory: sandbox.workspace,
    onStart: stop,
  });
  clearTimeout(timer);
  const problems = problemsOf({
    end,
    contract: target.contract,
    calls: sandbox.calls(),
    stopped,
    outsideChanged: sandbox.outside() !== before,
    proven: sandbox.proven(),
    left: sandbox.left(),
  });
  const { exitCode, errors, seconds } = end;
  return { seed, action: target.folder, inputs, hostile, exitCode, errors, problems, seconds };
}
