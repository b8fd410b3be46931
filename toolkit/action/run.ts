import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';
import { Cancelled, CommandError, errorMessage, TimedOut, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Clock, systemClock } from '../process/clock.ts';
import { createExec, type Exec } from '../process/exec.ts';
import { cancelOnSignals } from '../process/signals.ts';
import { createSecrets, type Secrets } from '../secrets.ts';
import { type Contract, type InputsOf, kebabCase, type OutputsOf } from './contract.ts';
import { readInputs } from './inputs.ts';
import { createLog } from './log.ts';
import { readable } from './readable.ts';
import { NOTE_STATE, savedState, TEMPORARY_STATE } from './saved-state.ts';
import type { Outcome, Step } from './steps.ts';

/** Everything an action needs from outside. */
export interface ActionContext<C extends Contract> {
  inputs: InputsOf<C>;
  log: Log;
  exec: Exec;
  clock: Clock;
  secrets: Secrets;
  /** Aborted, with a `Cancelled` as its reason, when the job is cancelled. */
  signal: AbortSignal;
  /** The environment of the process. */
  environment: Readonly<Record<string, string | undefined>>;
  /** A folder of this run alone, mode 0700, removed when it ends and, if it was killed, by the post step. */
  temporaryDirectory: string;
  /** Leaves a note for the post step of this step, which is given the last one. An empty one takes it back. */
  leaveNote: (note: string) => void;
}

/** What an action hands back. */
export interface ActionResult<C extends Contract> {
  /** Set by reconcilers; absent for actions whose contract has no such output. */
  outcome?: Outcome;
  steps?: readonly Step[];
  outputs?: OutputsOf<C>;
  /** Markdown for the job summary. */
  summary?: string;
}

/** What an action does besides its main step. */
export interface RunHooks<C extends Contract> {
  /** What a run that failed hands on all the same. */
  failed?: (error: unknown) => Pick<ActionResult<C>, 'outputs' | 'summary'>;
  /** The post step, when the main step left a note. It cannot fail the job: what is thrown becomes a warning. */
  post?: (context: ActionContext<C>, note: string) => Promise<void>;
}

/**
 * Runs an action: reads the inputs, masks the secrets, calls `main`, sets the outputs and writes the summary. All that can
 * go wrong ends here, as one message and exit code 1. In the post step (`post.ts`) the same bundle looks after the note that
 * a killed main step left.
 */
export async function runAction<C extends Contract>(
  contract: C,
  main: (context: ActionContext<C>) => Promise<ActionResult<C>>,
  hooks: RunHooks<C> = {},
): Promise<void> {
  const secrets = createSecrets(core.setSecret);
  const log = createLog(secrets);
  const isPost = savedState(TEMPORARY_STATE) !== '';

  const { signal, dispose } = cancelOnSignals(process);
  const temporaryDirectory = mkdtempSync(join(process.env.RUNNER_TEMP ?? tmpdir(), 'moodle-high-scale-'));
  const context = (): ActionContext<C> => ({
    inputs: readInputs(contract, (name) => core.getInput(name), secrets),
    log,
    exec: createExec(secrets, signal),
    clock: systemClock,
    secrets,
    signal,
    environment: process.env,
    temporaryDirectory,
    leaveNote: (text) => core.saveState(NOTE_STATE, text),
  });
  process.once('beforeExit', () => {
    // Node would end with code 13 and a warning: nothing is left that could settle what is awaited.
    fail(new Error('The action waited for an answer that can no longer come. Run it again.'), log, secrets);
    process.exit();
  });
  try {
    if (isPost) await hooks.post?.(context(), savedState(NOTE_STATE));
    else {
      core.saveState(TEMPORARY_STATE, temporaryDirectory);
      const given = context();
      const { summary, ...result } = await main(given);
      const told = (given.inputs as { summary?: unknown }).summary !== false && summary !== undefined;
      await publish(contract, told ? { ...result, summary } : result, secrets);
    }
  } catch (error) {
    if (isPost) log.warning(readable(errorMessage(error)));
    else {
      fail(error, log, secrets);
      if (hooks.failed !== undefined) await publish(contract, hooks.failed(error), secrets);
    }
  } finally {
    rmSync(temporaryDirectory, { recursive: true, force: true });
    dispose();
  }
  // A connection kept alive, or a token call that cannot be aborted, must not hold the job.
  process.exit();
}

/** Sets the outputs and writes the summary. An output that is not in the contract is a mistake in the action. */
async function publish<C extends Contract>(contract: C, result: ActionResult<C>, secrets: Secrets): Promise<void> {
  const outputs: Record<string, unknown> = { ...result.outputs };
  if (result.outcome !== undefined) outputs.outcome = result.outcome;
  if (result.steps !== undefined) outputs.steps = result.steps;
  for (const [key, value] of Object.entries(outputs)) {
    const name = kebabCase(key);
    if (!(name in contract.outputs)) throw new Error(`${contract.name} has no output named ${name}.`);
    if (value !== undefined)
      core.setOutput(name, secrets.redact(typeof value === 'string' ? value : JSON.stringify(value)));
  }
  if (result.summary !== undefined && process.env.GITHUB_STEP_SUMMARY) {
    await core.summary.addRaw(secrets.redact(result.summary), true).write();
  }
}

/** One message for a person; the stack only for a failure that nobody foresaw, and only when debugging. */
function fail(error: unknown, log: Log, secrets: Secrets): void {
  const foreseen = [UserError, Cancelled, TimedOut, CommandError].some((kind) => error instanceof kind);
  if (!foreseen && error instanceof Error && error.stack !== undefined) log.debug(error.stack);
  const annotations = error instanceof UserError ? error.annotations : [];
  // One error in several places is several annotations.
  if (!annotations.some(({ file }) => file !== undefined)) {
    core.setFailed(readable(secrets.redact(errorMessage(error))));
    return;
  }
  process.exitCode = 1;
  for (const { message, file, line } of annotations)
    log.error(
      readable(message),
      file === undefined ? undefined : { file, ...(line === undefined ? {} : { startLine: line }) },
    );
}
