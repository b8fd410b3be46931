import { join } from 'node:path';
import { makeCommandFiles, readCommandFiles } from './file-commands.ts';
import { onFullDisk } from './full-disk.ts';
import { stepEnvironment } from './job-environment.ts';
import type { AttemptOptions } from './options.ts';
import { defaultLadder, runProcess } from './process.ts';
import type { StepEnd, StepRun } from './steps.ts';
import type { Values } from './values.ts';

/** A process of a step: a script, or the pre, main or post of a node action. */
export interface Stage {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Saved state of the action, read and written. */
  readonly saved?: Map<string, string>;
  /** Keys of the `github` context that this process sees differently. */
  readonly github: Values;
  readonly isNode: boolean;
  readonly attempt?: AttemptOptions;
}

/** Runs one process of a step, with its files and environment, and applies what it said. */
export async function runStage(run: StepRun, stage: Stage): Promise<StepEnd> {
  const { state, output } = run;
  const files = await makeCommandFiles(join(state.directories.temp, '_runner_file_commands', String(state.nextFile())));
  const fileKeys = {
    env: files.env,
    output: files.output,
    path: files.path,
    state: files.state,
    step_summary: files.summary,
  };
  const env = stepEnvironment({
    base: { HOME: state.directories.home, ...state.base },
    env: run.env,
    ...(stage.saved && { state: stage.saved }),
    ...(stage.inputs && { inputs: stage.inputs }),
    path: state.path,
    github: { ...state.githubFor(run.frame), ...stage.github, action: run.step.key, ...fileKeys },
    runner: state.runner(),
    services: state.services(stage.isNode),
  });
  const { onStart, diskFull } = stage.attempt ?? {};
  const program = { file: stage.file, args: stage.args, env };
  const { exitCode, group } = await runProcess({
    ...(diskFull ? await onFullDisk(program, join(state.directories.temp, '_full_disk')) : program),
    ...(onStart && { onStart }),
    cwd: stage.cwd,
    onLine: (line) => output.line(line),
    signal: run.signal,
    ladder: state.run.options.ladder ?? defaultLadder,
    groups: state.run.processes,
  });
  if (group !== undefined) state.leftovers.add(group);
  const said = await readCommandFiles(files);
  for (const message of said.errors) output.annotate('error', message);
  Object.assign(state.env, Object.fromEntries(said.env));
  for (const directory of said.paths) state.path = [directory, ...state.path.filter((other) => other !== directory)];
  for (const [name, value] of [...output.state, ...said.state]) stage.saved?.set(name, value);
  if (said.summary.trim() !== '') {
    const markdown = said.summary
      .split('\n')
      .map((line) => state.masker.mask(line))
      .join('\n');
    state.summaries.push({ step: run.name, markdown });
  }
  // A script says why it failed by its code; a node action has said it already.
  if (exitCode !== 0 && !stage.isNode && !run.signal.aborted)
    output.annotate('error', `Process completed with exit code ${exitCode}.`);
  return {
    outcome: exitCode === 0 && said.errors.length === 0 ? 'success' : 'failure',
    outputs: { ...Object.fromEntries(output.outputs), ...Object.fromEntries(said.outputs) },
  };
}
