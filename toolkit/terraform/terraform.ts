/** Terraform or OpenTofu behind a narrow port: what the actions ask of it, and nothing of how it is asked. */
import { CommandError, errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Exec, ExecResult } from '../process/exec.ts';
import { retry } from '../process/retry.ts';
import type { TerraformBinary } from './binary.ts';
import {
  applyArguments,
  initArguments,
  outputArguments,
  type PlanOptions,
  planArguments,
  showArguments,
} from './commands.ts';
import { plainSentence, terraformError } from './errors.ts';
import { type OutputValues, type PlanJson, parseOutputs, parsePlan } from './plan-json.ts';
import { type Diagnostic, parseUiEvent, progressLine } from './ui-events.ts';

/** One root of Terraform. */
export interface Terraform {
  /** Providers, modules and backend. Retried, since it downloads and changes nothing. */
  init(backendConfig: Readonly<Record<string, string>>): Promise<void>;
  /** Makes a plan file; answers whether it would change anything. */
  plan(options: PlanOptions): Promise<{ changes: boolean }>;
  show(planFile: string): Promise<PlanJson>;
  /** Applies a plan file. A cancelled run stops at the next whole resource and gives the lock back. */
  apply(options: Omit<PlanOptions, 'variablesFile' | 'lock'>): Promise<void>;
  outputs(): Promise<OutputValues>;
}

/** What it needs from outside. */
export interface TerraformOptions {
  binary: TerraformBinary;
  /** The root's folder. */
  directory: string;
  environment: Record<string, string>;
  exec: Exec;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
}

/** Tries of `init`: the registry is the one thing that is asked for before anything is known to be wrong. */
const INIT_ATTEMPTS = 3;

/** The real port. */
export function createTerraform(options: TerraformOptions): Terraform {
  const { binary, directory, environment, exec, log, clock, signal } = options;

  /** Runs a command that prints one JSON document. */
  const quiet = async (args: readonly string[]): Promise<ExecResult> => {
    try {
      return await exec({ command: binary.command, args, cwd: directory, env: environment });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw terraformError(args[0] ?? '', directory, [], error.stderr);
    }
  };

  /** Runs a command that prints events, and shows them. */
  const talking = async (args: readonly string[], expectedExitCodes: readonly number[]): Promise<ExecResult> => {
    const diagnostics: Diagnostic[] = [];
    const onStdout = (line: string): void => {
      const event = parseUiEvent(line);
      if (event === undefined) return;
      const progress = progressLine(event);
      if (progress !== undefined) log.info(progress);
      if (event.diagnostic === undefined) return;
      diagnostics.push(event.diagnostic);
      if (event.diagnostic.severity === 'warning') log.warning(plainSentence(event.diagnostic, directory));
    };
    try {
      const request = { command: binary.command, args, cwd: directory, env: environment, onStdout, expectedExitCodes };
      return await exec(request);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw terraformError(args[0] ?? '', directory, diagnostics, error.stderr);
    }
  };

  return {
    async init(backendConfig) {
      await retry(() => talking(initArguments(backendConfig), [0]), {
        what: `${binary.product} init`,
        attempts: INIT_ATTEMPTS,
        clock,
        log,
        signal,
        failureOf: (error) => ({ text: errorMessage(error) }),
      });
    },
    async plan(planOptions) {
      const { exitCode } = await talking(planArguments(planOptions), [0, 2]);
      return { changes: exitCode === 2 };
    },
    async show(planFile) {
      return parsePlan((await quiet(showArguments(planFile))).stdout);
    },
    async apply(applyOptions) {
      await talking(applyArguments(applyOptions), [0]);
    },
    async outputs() {
      return parseOutputs((await quiet(outputArguments())).stdout);
    },
  };
}
