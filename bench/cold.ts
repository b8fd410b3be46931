/**
 * What every step of a workflow pays before it does anything.
 *
 * - `cold-start/<action>`: the committed bundle, from the start of its process to its first log line, against Node with a
 *   file of one line. The line is the one about an input that is missing, so everything that a run loads at its start is in it.
 * - `cold-start/kubectl`: the slowest of the five public bundles against one `kubectl get` of an API server on this machine.
 * - `bundle-size/<action>`: all code of the bundle against what test/bundles.test.ts allows.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startCluster } from '../rehearsal/kubernetes/testing/cluster.ts';
import { inTurns, type Result, resultOf } from './harness.ts';
import { untilEnd, untilFirstOutput } from './process-times.ts';

const ROOT = resolve(import.meta.dirname, '..');
const ACTIONS = ['approve-pls', 'deploy-moodle', 'install-db', 'provision-infra', 'redis-bootstrap'];
const INTERNAL = ['comment', 'environment', 'preview', 'smoke'];
const FOLDERS = [...ACTIONS.map((name) => `actions/${name}`), ...INTERNAL.map((name) => `.github/actions/${name}`)];
const RUNS = 21;
const BUDGET_KILOBYTES = 1500;

export async function* bench(): AsyncGenerator<Result> {
  const home = mkdtempSync(join(tmpdir(), 'bench-cold-'));
  try {
    const bare = join(home, 'bare.mjs');
    writeFileSync(bare, "console.log('one line');\n");
    const env = commandFiles(home);
    const first = (file: string) => (): Promise<number> => untilFirstOutput(process.execPath, [file], env);
    let slowest = { file: '', milliseconds: 0 };
    for (const folder of FOLDERS) {
      const file = join(ROOT, folder, 'dist/index.js');
      const size = kilobytes(folder);
      const work = { ours: first(file), baseline: first(bare) };
      const result = await inTurns({
        bench: `cold-start/${nameOf(folder)}`,
        size,
        unit: 'ms',
        runs: RUNS,
        warmUp: 2,
        ...work,
      });
      if (folder.startsWith('actions/') && result.ours > slowest.milliseconds)
        slowest = { file, milliseconds: result.ours };
      yield result;
    }
    yield* againstKubectl(first(slowest.file));
    for (const folder of FOLDERS)
      yield resultOf({
        bench: `bundle-size/${nameOf(folder)}`,
        size: 1,
        unit: 'kB',
        ours: [kilobytes(folder)],
        baseline: [BUDGET_KILOBYTES],
      });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function* againstKubectl(ours: () => Promise<number>): AsyncGenerator<Result> {
  const cluster = await startCluster();
  try {
    const args = [
      '--kubeconfig',
      join(cluster.directory, 'kubeconfig'),
      '--cache-dir',
      join(cluster.directory, 'cache'),
    ];
    const baseline = (): Promise<number> => untilEnd('kubectl', [...args, 'get', 'namespaces', '--output=name']);
    yield await inTurns({ bench: 'cold-start/kubectl', size: 1, unit: 'ms', runs: RUNS, warmUp: 2, ours, baseline });
  } finally {
    await cluster.close();
  }
}

/** The files that GitHub gives a step, without which commands go to standard output and would be taken for the first line. */
function commandFiles(home: string): NodeJS.ProcessEnv {
  const files = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'].map((name) => {
    const file = join(home, name);
    writeFileSync(file, '');
    return [name, file];
  });
  return { PATH: process.env.PATH, RUNNER_TEMP: home, ...Object.fromEntries(files) };
}

function nameOf(folder: string): string {
  return folder.split('/').at(-1) ?? folder;
}

function kilobytes(folder: string): number {
  const dist = join(ROOT, folder, 'dist');
  const code = readdirSync(dist).filter((name) => name.endsWith('.js'));
  return Math.round(code.reduce((sum, name) => sum + statSync(join(dist, name)).size, 0) / 1000);
}
