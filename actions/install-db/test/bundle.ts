/** Runs the committed bundle as GitHub does: a process with INPUT_* variables, beside a fake kubectl. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../../..');

export const IMAGE = `registry.example.org/moodle@sha256:${'a'.repeat(64)}`;
export const OTHER_IMAGE = `registry.example.org/moodle@sha256:${'b'.repeat(64)}`;

const code = { version: '2024100708', release: '4.5.8' };
const older = { version: '2024042200', release: '4.4.0' };
const newer = { version: '2025041400', release: '5.0.0' };

/** Databases as `moodle-database state` describes them. */
export const DATABASE = {
  empty: { state: 'empty', code, database: null },
  installed: { state: 'installed', code, database: code },
  pending: { state: 'upgrade-pending', code, database: older },
  newer: { state: 'newer-than-code', code, database: newer },
  partial: { state: 'partial', code, database: null, tables: 26, missing: ['core version'], people: 0, courses: 0 },
  used: { state: 'partial', code, database: null, tables: 26, missing: ['core version'], people: 3, courses: 1 },
  unreachable: { state: 'unreachable', code, database: null, detail: 'connection to server at "pgbouncer" failed' },
} as const;

/** How a run ended. */
export interface Result {
  exitCode: number | null;
  log: string;
  outputs: Record<string, string>;
  steps: { action: string; target: string; reason?: string }[];
  summary: string;
}

/** One call of kubectl. */
export interface Call {
  argv: string[];
  stdin: string;
  pid: number;
}

/** A cluster in a folder. */
export class FakeCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'install-db-'));

  constructor(settings: Record<string, unknown>) {
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'kubectl'),
      `#!/bin/sh\nexec "${process.execPath}" "${join(here, 'fake-kubectl.mjs')}" "$@"\n`,
    );
    chmodSync(join(bin, 'kubectl'), 0o755);
    writeFileSync(join(this.folder, 'kubeconfig'), '{}');
    writeFileSync(join(this.folder, 'cluster.json'), JSON.stringify({ jobMilliseconds: 200, ...settings }));
  }

  change(settings: Record<string, unknown>): void {
    const file = join(this.folder, 'cluster.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...settings }));
  }

  /** A Job of another run, at work since now; from later on, it lasts longer. */
  putJob(task: string, image: string, since = new Date()): void {
    const metadata = {
      name: `moodle-database-${task}-0`,
      namespace: 'moodle',
      uid: `${task}-0`,
      creationTimestamp: since.toISOString(),
      labels: { 'app.kubernetes.io/component': 'database', 'moodle-high-scale/task': task },
    };
    const spec = { template: { spec: { containers: [{ name: 'database', image }] } } };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata, spec };
    writeFileSync(join(this.folder, `job-${metadata.name}.json`), JSON.stringify(job));
  }

  /** The lease of another run that is at work. */
  putLease(holderIdentity: string): void {
    const time = new Date().toISOString().replace('Z', '000Z');
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'moodle-database', resourceVersion: '1' },
      spec: { holderIdentity, leaseDurationSeconds: 30, acquireTime: time, renewTime: time },
    };
    writeFileSync(join(this.folder, 'lease.json'), JSON.stringify(lease));
  }

  /** Somebody's hand. */
  deleteJobs(): void {
    for (const name of this.jobs()) rmSync(join(this.folder, name), { force: true });
  }

  calls(): Call[] {
    const file = join(this.folder, 'calls.jsonl');
    if (!existsSync(file)) return [];
    // A kubectl that runs may be in the middle of the last line: only what a newline ends is a call.
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Call);
  }

  /** The Jobs that were created, in order. */
  created(): { name: string; command: string[]; env: Record<string, string> }[] {
    return this.calls()
      .filter(({ argv }) => argv.includes('create'))
      .map(({ stdin }) => JSON.parse(stdin))
      .filter(({ kind }) => kind === 'Job')
      .map((job) => {
        const [container] = job.spec.template.spec.containers;
        const env = container.env.map(({ name, value }: { name: string; value: string }) => [name, value]);
        return { name: job.metadata.name, command: container.command, env: Object.fromEntries(env) };
      });
  }

  /** The Jobs that are there now. */
  jobs(): string[] {
    return readdirSync(this.folder).filter((name) => name.startsWith('job-'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A run that goes on; `done` is its end. */
export interface Run {
  done: Promise<Result>;
  kill: (signal: NodeJS.Signals) => void;
  log: () => string;
}

/** Starts the bundle. An input that is undefined is not given. */
export function startAction(cluster: FakeCluster, inputs: Record<string, string | undefined> = {}): Run {
  const folder = mkdtempSync(join(cluster.folder, 'run-'));
  const file = (name: string): string => {
    writeFileSync(join(folder, name), '');
    return join(folder, name);
  };
  const given = {
    mode: 'apply',
    image: IMAGE,
    kubeconfig: join(cluster.folder, 'kubeconfig'),
    manifests: join(root, 'manifests/database'),
    'admin-email': 'admin@example.org',
    ...inputs,
  };
  const [output, summary] = [file('output'), file('summary')];
  const child = spawn(process.execPath, [join(root, 'actions/install-db/dist/index.js')], {
    env: {
      PATH: [join(cluster.folder, 'bin'), process.env.PATH].join(delimiter),
      HOME: folder,
      RUNNER_TEMP: folder,
      FAKE_CLUSTER: cluster.folder,
      REAL_KUBECTL: realKubectl(),
      GITHUB_OUTPUT: output,
      GITHUB_STATE: file('state'),
      GITHUB_STEP_SUMMARY: summary,
      ...Object.fromEntries(
        Object.entries(given)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
    },
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk));
  const done = new Promise<Result>((resolve) => {
    child.once('close', (exitCode) => {
      const outputs = readOutputs(readFileSync(output, 'utf8'));
      const steps = JSON.parse(outputs.steps ?? '[]');
      resolve({ exitCode, log, outputs, steps, summary: readFileSync(summary, 'utf8') });
    });
  });
  return { done, kill: (signal) => child.kill(signal), log: () => log };
}

/** Runs the bundle to its end. */
export function runAction(cluster: FakeCluster, inputs: Record<string, string | undefined> = {}): Promise<Result> {
  return startAction(cluster, inputs).done;
}

/** kubectl's own kustomize renders the manifests in these tests too. */
function realKubectl(): string {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'kubectl'))
    .find(existsSync);
  if (found === undefined) throw new Error('kubectl is not on the PATH');
  return found;
}

/** The file that outputs are written to: `name<<delimiter`, lines, `delimiter`. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name = '', , value = ''] of text.matchAll(/^(.+?)<<(\S+)\n([\s\S]*?)\n?^\2$/gm)) outputs[name] = value;
  return outputs;
}
