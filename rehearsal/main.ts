/** `npm run rehearse`: the pipeline on this machine. See `--help`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ArgumentError, type Arguments, HELP, PHASES, parseArguments } from './arguments.ts';
import { checkWorld } from './checks.ts';
import { environmentNames, githubEnvironments, REVIEWER, readSettings } from './environment.ts';
import { startGitHub } from './github/server.ts';
import { planWritesFile, rehearsalDirectory, repositoryRoot, stateDirectory, type WorldFacts } from './layout.ts';
import { renderHtml } from './report/html.ts';
import { makeReport, type Report } from './report/report.ts';
import { printReport } from './report/terminal.ts';
import { LogPrinter } from './runner/log.ts';
import type { RunOptions } from './runner/options.ts';
import { runWorkflow } from './runner/run.ts';
import { defaultLimits, overlayTerraform } from './terraform/overlay.ts';
import { previewsFirst, type Trigger, triggerOf } from './triggers.ts';
import { findWorld, isInUse, startWorldProcess, stopWorld, type WorldHandle } from './world-process.ts';

/** The commit that is rehearsed; uncommitted changes are not, as on GitHub. */
function warnOfChanges(args: Arguments, say: (line: string) => void): void {
  const changed = execFileSync('git', ['status', '--porcelain'], { cwd: repositoryRoot, encoding: 'utf8' }).trim();
  if (changed !== '' && !args.worktree) {
    say(
      `Uncommitted changes are not rehearsed (${changed.split('\n').length} files); --worktree takes the files as they are.`,
    );
  }
}

/** @throws ArgumentError when a file that an option names is not there */
function checkFiles({ moodle, kubeconfig }: Arguments): void {
  if (
    moodle !== undefined &&
    !existsSync(join(moodle, 'version.php')) &&
    !existsSync(join(moodle, 'public/version.php'))
  )
    throw new ArgumentError(`--moodle must name a Moodle tree, a folder with version.php; it is "${moodle}".`);
  if (kubeconfig !== undefined && !existsSync(kubeconfig))
    throw new ArgumentError(`--kubeconfig names the file "${kubeconfig}", which does not exist.`);
}

/** A world that is up: the one that was kept, or a new one, on the old state or on none. */
async function openWorld(args: Arguments, domain: string | undefined): Promise<WorldHandle> {
  const found = findWorld();
  if (found !== undefined && isInUse(found))
    throw new ArgumentError(
      `Another rehearsal is at work in ${rehearsalDirectory} (process ${found.startedBy}); wait for it, or end it.`,
    );
  if (found?.kept && args.again) return { facts: found, keep: () => {}, stop: () => stopWorld(found.pid) };
  // Not kept, and nobody's: its rehearsal was killed, and it is ending.
  if (found !== undefined) await stopWorld(found.pid);
  if (!args.again) rmSync(stateDirectory, { recursive: true, force: true });
  else if (!existsSync(stateDirectory))
    throw new ArgumentError('--again needs the state of an earlier rehearsal, and there is none in .rehearsal/.');
  return startWorldProcess({
    environments: environmentNames(args.environment),
    ...(domain === undefined ? {} : { domain }),
    ...(args.moodle === undefined ? {} : { moodle: resolve(args.moodle) }),
    ...(args.kubeconfig === undefined ? {} : { kubeconfig: resolve(args.kubeconfig) }),
  });
}

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
    TF_REATTACH_PROVIDERS: facts.terraformProviders,
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

/** Runs the workflow and makes the report. */
async function rehearse(
  args: Arguments,
  world: WorldHandle,
  signals: { stop: AbortSignal; force: AbortSignal },
): Promise<Report> {
  const { facts } = world;
  const { approval } = readSettings(args.environment);
  const runDirectory = join(rehearsalDirectory, 'run');
  const previewDirectory = join(rehearsalDirectory, 'preview');
  for (const directory of [runDirectory, previewDirectory]) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }
  rmSync(planWritesFile, { force: true });
  const github = await startGitHub({ tls: facts.tls, port: facts.githubPort });
  const printed = (): Pick<RunOptions, 'onEvent'> => {
    if (args.json) return {};
    const write = (line: string): unknown => process.stdout.write(`${line}\n`);
    return { onEvent: new LogPrinter({ write, color: process.stdout.isTTY }).print };
  };
  const [failJob, failStep] = args.fail?.split(':') ?? [];
  try {
    const common: Omit<RunOptions, keyof Trigger | 'directory'> = {
      environments: githubEnvironments(environmentNames(args.environment), facts),
      gate: {
        mode: args.gate,
        ...(approval === 'required' ? { reviewer: REVIEWER } : {}),
        ask: ({ environment, job }) => ask(`${job} waits at the gate ${environment}. Approve?`),
      },
      baseEnvironment: baseEnvironment(facts),
      tls: facts.tls,
      github,
      overlays: async ({ directory }) => {
        if (existsSync(join(directory, 'infra/variables.tf'))) {
          overlayTerraform(directory, { ...defaultLimits, redisNodes: args.redisNodes });
        }
      },
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
      ...(args.only === undefined ? {} : { only: [args.only] }),
      ...(failJob === undefined
        ? {}
        : { failStep: { job: failJob, ...(failStep === undefined ? {} : { step: failStep }) } }),
    });
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

/** How to look inside an environment that stays up. */
function howToLookInside(facts: WorldFacts): string {
  return [
    'The environment stays up. To look inside:',
    `  kubectl --kubeconfig ${facts.kubeconfig} -n moodle get pods`,
    `  kubectl --kubeconfig ${facts.kubeconfig} -n moodle exec redis-sessions-0 -- sh -c 'valkey-cli -h "$POD_IP" cluster info'`,
    `  PGPASSFILE=${facts.database.passwordFile} psql -h ${facts.database.address} -p ${facts.database.port} -U postgres -d moodle`,
    'npm run rehearse -- --again runs the pipeline on it once more; npm run rehearse -- --down stops it.',
  ].join('\n');
}

/** The whole command; answers its exit code. */
async function main(): Promise<number> {
  const args = parseArguments(process.argv.slice(2));
  if (args === 'help') {
    console.log(HELP);
    return 0;
  }
  const say = (line: string): void => console.error(line);
  if (args.down) {
    const kept = findWorld();
    if (kept !== undefined) await stopWorld(kept.pid);
    say(kept === undefined ? 'Nothing is up.' : 'Stopped.');
    return 0;
  }
  if (process.platform !== 'linux')
    throw new ArgumentError('The rehearsal needs Linux: its pods are processes with mounts of their own.');
  checkFiles(args);
  const stop = new AbortController();
  const force = new AbortController();
  // Once is the cancel button; twice is enough.
  const onSignal = (): void => (stop.signal.aborted ? force.abort() : stop.abort());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  // Whoever started this is gone.
  process.on('disconnect', () => force.abort());
  warnOfChanges(args, say);
  mkdirSync(rehearsalDirectory, { recursive: true });
  const world = await openWorld(args, readSettings(args.environment).domain);
  try {
    const report = await rehearse(args, world, { stop: stop.signal, force: force.signal });
    writeFileSync(join(rehearsalDirectory, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(rehearsalDirectory, 'report.html'), renderHtml(report));
    if (args.json) console.log(JSON.stringify(report, null, 2));
    else console.log(printReport(report, relative(process.cwd(), join(rehearsalDirectory, 'report.html'))));
    if (args.keep) {
      say(howToLookInside(world.facts));
      world.keep();
    }
    return report.result === 'succeeded' ? 0 : 1;
  } finally {
    if (!args.keep) await world.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
