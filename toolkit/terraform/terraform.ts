/** Terraform or OpenTofu behind a narrow port: what the actions ask of it, and nothing of how it is asked. */
import { CommandError, errorMessage, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Exec, ExecResult } from '../process/exec.ts';
import { withProgress } from '../process/progress.ts';
import { retry } from '../process/retry.ts';
import { type FoundPrograms, NEEDED } from './binary.ts';
import {
  type ApplyOptions,
  applyArguments,
  type InitOptions,
  initArguments,
  lockProbeArguments,
  outputArguments,
  type PlanOptions,
  planArguments,
  showArguments,
  showStateArguments,
} from './commands.ts';
import { placeOf, plainSentence, TerraformError, terraformError } from './errors.ts';
import { type HeldLock, readLock } from './lock.ts';
import { type OutputValues, type PlanJson, parseOutputs, parsePlan } from './plan-json.ts';
import { Progress } from './progress.ts';
import { type Diagnostic, eventLine, parseUiEvent } from './ui-events.ts';

/** The program that did the work. */
export interface TerraformVersion {
  product: 'terraform' | 'tofu';
  version: string;
}

/** One root of Terraform. Each method is one process. */
export interface Terraform {
  /**
   * Providers, modules and backend. Retried, since it downloads and changes nothing. Comes first: it decides which of the
   * programs will do.
   *
   * @throws UserError when none is there or new enough
   */
  init(options: InitOptions): Promise<TerraformVersion>;
  /** Makes a plan file; answers whether it would change anything. Retried, since it only reads. */
  plan(options: PlanOptions): Promise<{ changes: boolean }>;
  show(planFile: string): Promise<PlanJson>;
  /** Applies a plan file. A cancelled run stops at the next whole resource and gives the lock back. */
  apply(options: ApplyOptions): Promise<void>;
  outputs(): Promise<OutputValues>;
  /** Whether there is anything in the state. */
  hasState(): Promise<boolean>;
  /** Who holds the lock of the state; undefined when nobody does, or when it cannot be found out. */
  lockHolder(): Promise<HeldLock | undefined>;
}

/** What it needs from outside. */
export interface TerraformOptions extends FoundPrograms {
  /** The root's folder. */
  directory: string;
  environment: Record<string, string>;
  exec: Exec;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
}

/** Tries of what only reads. The registry is the one thing that is asked for before anything is known to be wrong. */
const ATTEMPTS = 3;

/** What a program says to a flag that it does not know yet. */
const TOO_OLD = /flag provided but not defined: -json/;

/** The real port. */
export function createTerraform(options: TerraformOptions): Terraform {
  const { directory, environment, exec, log, clock, signal } = options;
  let program = options.programs[0];

  const failed = (command: string, diagnostics: readonly Diagnostic[], stderr: string): TerraformError =>
    terraformError({ command, directory, diagnostics, stderr, now: clock.now() });

  const run = (args: readonly string[], more: Partial<Parameters<Exec>[0]> = {}): Promise<ExecResult> => {
    if (program === undefined) throw missing(options.reasons);
    // Two signals and terraform ends at once, with its lock held and without having written the state.
    const request = { command: program.command, args, cwd: directory, env: environment, interruptOnce: true };
    return exec({ ...request, ...more });
  };

  /** Runs a command that prints one JSON document. */
  const quiet = async (args: readonly string[]): Promise<ExecResult> => {
    try {
      return await run(args);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw failed(args[0] ?? '', [], error.stderr);
    }
  };

  /** Runs a command that prints events, and shows them. */
  const talking = async (
    args: readonly string[],
    expectedExitCodes: readonly number[],
  ): Promise<ExecResult & { version: TerraformVersion | undefined }> => {
    const command = args[0] ?? '';
    const diagnostics: Diagnostic[] = [];
    const progress = new Progress(clock.now);
    let version: TerraformVersion | undefined;
    const onStdout = (line: string): void => {
      const event = parseUiEvent(line);
      if (event === undefined) return;
      progress.add(event);
      const { type, terraform, tofu, diagnostic } = event;
      if (type === 'version')
        version = { product: tofu === undefined ? 'terraform' : 'tofu', version: tofu ?? terraform ?? 'unknown' };
      const text = eventLine(event);
      if (text !== undefined) log.info(text);
      if (diagnostic === undefined) return;
      diagnostics.push(diagnostic);
      if (diagnostic.severity === 'warning') {
        const { file, line: startLine } = placeOf(diagnostic, directory);
        const place = file === undefined || startLine === undefined ? undefined : { file, startLine };
        log.warning(plainSentence(diagnostic, directory), place);
      }
    };
    const what = `${program?.product ?? 'terraform'} ${command}`;
    try {
      const result = await withProgress({ what, clock, log, status: () => progress.status() }, () =>
        run(args, { onStdout, expectedExitCodes }),
      );
      return { ...result, version };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (TOO_OLD.test(error.stderr)) throw error;
      throw failed(command, diagnostics, error.stderr);
    }
  };

  const retried = <T>(command: string, body: () => Promise<T>): Promise<T> =>
    retry(body, {
      what: `${program?.product ?? 'terraform'} ${command}`,
      attempts: ATTEMPTS,
      clock,
      log,
      signal,
      // What terraform says of a lock can read like a lost connection.
      failureOf: (error) =>
        error instanceof TerraformError && error.kind !== 'other' ? {} : { text: errorMessage(error) },
    });

  /** The version of a program that is too old to say it with its first event. */
  const versionOf = async (): Promise<string> => {
    try {
      const { stdout } = await run(['version', '-json']);
      return (JSON.parse(stdout) as { terraform_version: string }).terraform_version;
    } catch {
      return 'too old';
    }
  };

  return {
    async init(initOptions) {
      const reasons: string[] = [];
      for (const candidate of options.programs) {
        program = candidate;
        try {
          const { version } = await retried('init', () => talking(initArguments(initOptions), [0]));
          return version ?? { product: candidate.product, version: 'unknown' };
        } catch (error) {
          if (!(error instanceof CommandError)) throw error;
          reasons.push(`${candidate.name} is version ${await versionOf()}`);
        }
      }
      throw missing([...reasons, ...options.reasons]);
    },
    async plan(planOptions) {
      const { exitCode } = await retried('plan', () => talking(planArguments(planOptions), [0, 2]));
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
    async hasState() {
      const state = JSON.parse((await quiet(showStateArguments())).stdout) as { values?: object };
      return state.values !== undefined;
    },
    async lockHolder() {
      try {
        await run(lockProbeArguments());
        return undefined;
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        return /acquiring the state lock/i.test(error.stderr) ? readLock(error.stderr) : undefined;
      }
    },
  };
}

/** No program will do. */
export class TerraformMissing extends UserError {}

function missing(reasons: readonly string[]): TerraformMissing {
  return new TerraformMissing(
    `${NEEDED}: ${reasons.join(', ')}. Install one in a step before this one, or name it in the input "terraform".`,
  );
}
