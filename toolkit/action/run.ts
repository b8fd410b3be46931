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

const POST_STATE = 'temporary-directory';

/**
 * Runs an action: reads the inputs, masks the secrets, calls `main`, sets the outputs and writes the summary. All that can
 * go wrong ends here, as one message and exit code 1. The same bundle is the post step: there it only removes what a
 * killed main step left.
 */
export async function runAction<C extends Contract>(
  contract: C,
  main: (context: ActionContext<C>) => Promise<ActionResult<C>>,
): Promise<void> {
  const left = core.getState(POST_STATE);
  if (left !== '') {
    rmSync(left, { recursive: true, force: true });
    return;
  }
  const secrets = createSecrets(core.setSecret);
  const log = createLog(secrets);
  const { signal, dispose } = cancelOnSignals(process);
  const temporaryDirectory = mkdtempSync(join(process.env.RUNNER_TEMP ?? tmpdir(), 'moodle-high-scale-'));
  core.saveState(POST_STATE, temporaryDirectory);
  try {
    const inputs = readInputs(contract, (name) => core.getInput(name), secrets);
    const exec = createExec(secrets, signal);
    const environment = process.env;
    const result = await main({
      inputs,
      log,
      exec,
      clock: systemClock,
      secrets,
      signal,
      environment,
      temporaryDirectory,
    });
    await publish(contract, result, secrets);
  } catch (error) {
    fail(error, log, secrets);
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
  core.setFailed(secrets.redact(errorMessage(error)));
}
