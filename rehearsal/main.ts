/** `npm run rehearse`: the pipeline on this machine. See `--help`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ArgumentError, type Arguments, HELP, parseArguments } from './arguments.ts';
import { environmentFolder, environmentNames, readSettings } from './environment.ts';
import { rehearsalDirectory, repositoryRoot, stateDirectory, type WorldFacts } from './layout.ts';
import { rehearse } from './rehearse.ts';
import { renderHtml } from './report/html.ts';
import { printReport } from './report/terminal.ts';
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
function checkFiles({ moodle, kubeconfig, environmentFile, faults }: Arguments): void {
  if (
    moodle !== undefined &&
    !existsSync(join(moodle, 'version.php')) &&
    !existsSync(join(moodle, 'public/version.php'))
  )
    throw new ArgumentError(`--moodle must name a Moodle tree, a folder with version.php; it is "${moodle}".`);
  if (faults !== undefined && !existsSync(faults))
    throw new ArgumentError(`--faults names the file "${faults}", which does not exist.`);
  if (environmentFile !== undefined && !existsSync(environmentFile))
    throw new ArgumentError(`--environment-file names the file "${environmentFile}", which does not exist.`);
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
  if (found?.kept && args.again && args.faults === undefined)
    return { facts: found, keep: () => {}, stop: () => stopWorld(found.pid) };
  // Not kept, and nobody's: its rehearsal was killed, and it is ending.
  if (found !== undefined) await stopWorld(found.pid);
  if (!args.again) rmSync(stateDirectory, { recursive: true, force: true });
  else if (!existsSync(stateDirectory))
    throw new ArgumentError('--again needs the state of an earlier rehearsal, and there is none in .rehearsal/.');
  const names = environmentNames(args.environment, environmentFolder(args));
  return startWorldProcess({
    environments: names,
    beside: args.workflow === 'promote' ? names.filter((name) => name !== args.environment) : [],
    ...(domain === undefined ? {} : { domain }),
    ...(args.faults === undefined ? {} : { faults: true }),
    ...(args.moodle === undefined ? {} : { moodle: resolve(args.moodle) }),
    ...(args.kubeconfig === undefined ? {} : { kubeconfig: resolve(args.kubeconfig) }),
  });
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
  const world = await openWorld(
    args,
    readSettings(args.environment, environmentFolder(args), args.environmentFile).domain,
  );
  try {
    const report = await rehearse(args, world, { stop: stop.signal, force: force.signal });
    writeFileSync(join(rehearsalDirectory, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(rehearsalDirectory, 'report.html'), renderHtml(report));
    // The process ends without waiting for a pipe to be read.
    if (args.json) await new Promise((done) => process.stdout.write(`${JSON.stringify(report, null, 2)}\n`, done));
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
