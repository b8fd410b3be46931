/** The pull request and the deployment, run on a world that is up. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ArgumentError, type Arguments, PHASES } from './arguments.ts';
import { checkWorld } from './checks.ts';
import { environmentFolder, environmentNames, githubEnvironments } from './environment.ts';
import { injectFaults } from './faults/inject.ts';
import { startGitHub } from './github/server.ts';
import {
  azureRequestsFile,
  githubRequestsFile,
  planWritesFile,
  rehearsalDirectory,
  requestsFile,
  stateDirectory,
  type WorldFacts,
} from './layout.ts';
import { makeReport, type Report } from './report/report.ts';
import { LogPrinter } from './runner/log.ts';
import type { RunOptions } from './runner/options.ts';
import type { RunResult } from './runner/result.ts';
import { runWorkflow } from './runner/run.ts';
import { defaultLimits, overlayTerraform } from './terraform/overlay.ts';
import { previewsFirst, type Trigger, triggerOf } from './triggers.ts';
import type { WorldHandle } from './world-process.ts';

/** What every step of the pipeline inherits: what a self-hosted runner's `.env` file would hold. */
function baseEnvironment(facts: WorldFacts): Record<string, string> {
  const terraformConfiguration = join(stateDirectory, 'terraform.rc');
  writeFileSync(terraformConfiguration, 'disable_checkpoint = true\n');
  return {
    PATH: process.env.PATH ?? '',
    HOME: homedir(),
    LANG: 'C.UTF-8',
    NODE_EXTRA_CA_CERTS: facts.caFile,
    TF_CLI_CONFIG_FILE: terraformConfiguration,
  };
}

/** Asks the person at the terminal. */
async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${question} [y/N] `)).trim().toLowerCase().startsWith('y');
  } finally {
    terminal.close();
  }
}

/** The default of a variable that the environment file leaves out is another one from now on. */
function changed({ variable, value }: NonNullable<Arguments['changeAfterGate']>): string {
  return `variable "${variable}" {\n  default = ${value}\n}\n`;
}

/** Where `plan.yml` checks out what a pull request is compared with. */
const BASE_FOLDER = '.base';

/** The rehearsal's pull request raises the number of production's users to that of the file; from this one. */
function withoutPullRequest(file: string): void {
  if (!existsSync(file)) return;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^concurrentUsers: .*$/m, 'concurrentUsers: 300000'));
}

/** What `--rerun-failed` starts from. */
const lastRunFile = join(rehearsalDirectory, 'run/result.json');

function lastRun(): RunResult {
  if (!existsSync(lastRunFile))
    throw new ArgumentError('--rerun-failed needs the run of an earlier rehearsal, and there is none in .rehearsal/.');
  return JSON.parse(readFileSync(lastRunFile, 'utf8')) as RunResult;
}

/** Runs the workflows on a world that is up, and makes the report. */
export async function rehearse(
  args: Arguments,
  world: WorldHandle,
  signals: { stop: AbortSignal; force: AbortSignal },
): Promise<Report> {
  const { facts } = world;
  const folder = environmentFolder(args);
  const runDirectory = join(rehearsalDirectory, 'run');
  const previewDirectory = join(rehearsalDirectory, 'preview');
  const rerun = args.rerunFailed ? lastRun() : undefined;
  for (const directory of rerun === undefined ? [runDirectory, previewDirectory] : []) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }
  rmSync(planWritesFile, { force: true });
  for (const file of [requestsFile, azureRequestsFile, githubRequestsFile]) rmSync(file, { force: true });
  const faults = args.faults === undefined ? undefined : injectFaults(args.faults, world);
  const github = await startGitHub({
    tls: facts.tls,
    port: facts.githubPort,
    ...(faults === undefined ? {} : { onServer: faults.onGitHub }),
  });
  const printed = (): Pick<RunOptions, 'onEvent'> => {
    if (args.json) return {};
    const write = (line: string): unknown => process.stdout.write(`${line}\n`);
    return { onEvent: new LogPrinter({ write, color: process.stdout.isTTY }).print };
  };
  const [failJob, failStep] = args.fail?.split(':') ?? [];
  try {
    const common: Omit<RunOptions, keyof Trigger | 'directory'> = {
      environments: githubEnvironments(environmentNames(args.environment, folder), folder, facts),
      gate: {
        mode: args.gate,
        of: args.gates,
        ask: ({ environment, job }) => ask(`${job} waits at the gate ${environment}. Approve?`),
      },
      baseEnvironment: baseEnvironment(facts),
      tls: facts.tls,
      github,
      overlays: async ({ directory, job }) => {
        if (existsSync(join(directory, 'infra/variables.tf'))) {
          overlayTerraform(directory, { ...defaultLimits, redisNodes: args.redisNodes });
          if (args.changeAfterGate !== undefined && job.includes('apply /'))
            writeFileSync(join(directory, 'infra/changed_after_gate_override.tf'), changed(args.changeAfterGate));
        }
        const isBase = basename(directory) === BASE_FOLDER;
        if (isBase && args.environmentFile === undefined) {
          withoutPullRequest(join(directory, 'environments/production.yml'));
        } else if (!isBase && args.environmentFile !== undefined && existsSync(join(directory, 'environments'))) {
          copyFileSync(args.environmentFile, join(directory, 'environments', `${args.environment}.yml`));
        }
      },
      ...(faults === undefined ? {} : { aroundAction: faults.aroundAction }),
      signal: signals.stop,
      force: signals.force,
    };
    const preview = previewsFirst(args)
      ? await runWorkflow({
          ...triggerOf({ ...args, pullRequest: true }),
          ...common,
          directory: previewDirectory,
          ...printed(),
        })
      : undefined;
    const startedAt = Date.now();
    const run = await runWorkflow({
      ...triggerOf(args),
      ...common,
      directory: runDirectory,
      ...printed(),
      ...(rerun === undefined ? {} : { rerun }),
      ...(args.only === undefined ? {} : { only: [args.only] }),
      ...(failJob === undefined
        ? {}
        : { failStep: { job: failJob, ...(failStep === undefined ? {} : { step: failStep }) } }),
    });
    writeFileSync(lastRunFile, JSON.stringify(run));
    writeFileSync(githubRequestsFile, github.calls.map((call) => `${call}\n`).join(''));
    faults?.save();
    const pullRequest = args.pullRequest ? run : preview;
    return makeReport(run, {
      environment: args.environment,
      mode: args.pullRequest ? 'plan' : args.mode,
      startedAt,
      seconds: (Date.now() - startedAt) / 1000,
      checks: await checkWorld(facts),
      order: PHASES,
      ...(pullRequest === undefined ? {} : { pullRequest }),
    });
  } finally {
    await github.close();
  }
}
