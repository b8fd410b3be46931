/** A stage for the bundle: real Redis servers, a fake kubectl that reaches them, and the committed bundle as a process. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { RedisServers, type ServerOptions } from './redis-servers.ts';

const BUNDLE = resolve(import.meta.dirname, '../dist/index.js');
const FAKE = resolve(import.meta.dirname, 'fake-kubectl.mjs');
const ROOT = resolve(import.meta.dirname, '../../..');

/** What the fake kubectl serves and which of its faults are on. */
export interface KubectlState {
  pods: unknown[];
  nodes: unknown[];
  objects: Record<string, unknown>;
  killAfterExec?: number;
  denyExec?: boolean;
  denyNodes?: boolean;
  /** Pods whose container is not there yet. */
  startingPods?: string[];
}

/** How a run of the bundle ended. */
export interface Run {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Everything it printed. */
  log: string;
  outputs: Record<string, string>;
  steps: { action: string; target: string; reason?: string }[];
  summary: string;
  milliseconds: number;
}

export interface RunOptions {
  inputs?: Record<string, string>;
  /** Sent when the log has this text. */
  signalAt?: { text: string; signal: NodeJS.Signals };
  realKubectl?: boolean;
  /** A folder that is the home and the RUNNER_TEMP of several runs, as of the steps of a job. Absent: a new one. */
  job?: string;
  path?: string;
  /** Called as soon as the run begins. */
  onStart?: (running: Running) => void;
}

/** A run that is at work; the leader of a group of processes. */
export interface Running {
  pid: number;
  hasEnded(): boolean;
  /** Ends it and every process below it at once. */
  kill(): void;
}

/** What there is when the curtain rises: so many servers, and a StatefulSet of them unless it is said not to exist. */
export interface StageOptions extends ServerOptions {
  servers?: number;
  exists?: boolean;
  /** Zones that the machines are in, in turn. */
  zones?: number;
}

export class Stage {
  readonly servers: RedisServers;
  readonly stateFile: string;
  private readonly bin: string;
  private runs = 0;

  private constructor(servers: RedisServers) {
    this.servers = servers;
    this.stateFile = join(servers.directory, 'kubectl.json');
    this.bin = join(servers.directory, 'bin');
  }

  /** Servers on a node each, in some zones. */
  static async open({ servers = 6, exists = true, zones = 3, ...options }: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(await RedisServers.start(servers, options));
    mkdirSync(stage.bin);
    writeFileSync(join(stage.bin, 'kubectl'), `#!/bin/sh\nexec '${process.execPath}' '${FAKE}' "$@"\n`);
    chmodSync(join(stage.bin, 'kubectl'), 0o755);
    writeFileSync(join(stage.servers.directory, 'kubeconfig'), 'apiVersion: v1\nkind: Config\n');
    stage.write({
      pods: [],
      nodes: machines(servers, zones),
      objects: exists
        ? { 'Namespace/moodle': named('Namespace', 'moodle'), 'StatefulSet/redis-sessions': statefulSet(servers) }
        : {},
    });
    stage.refreshPods();
    return stage;
  }

  get state(): KubectlState {
    return JSON.parse(readFileSync(this.stateFile, 'utf8')) as KubectlState;
  }

  write(state: KubectlState): void {
    // A kubectl that starts meanwhile reads all of it or none.
    writeFileSync(`${this.stateFile}.new`, JSON.stringify(state));
    renameSync(`${this.stateFile}.new`, this.stateFile);
  }

  change(patch: Partial<KubectlState>): void {
    this.write({ ...this.state, ...patch });
  }

  /** Tells Kubernetes the servers' present addresses. */
  refreshPods(): void {
    this.change({ pods: this.servers.ips.map((ip, ordinal) => pod(ordinal, ip)) });
  }

  /** Sets how many pods the StatefulSet has; the servers of the others run already. */
  resize(replicas: number): void {
    const { objects } = this.state;
    const set = objects['StatefulSet/redis-sessions'] as { spec: object };
    this.change({ objects: { ...objects, 'StatefulSet/redis-sessions': { ...set, spec: { ...set.spec, replicas } } } });
  }

  /** How many commands in pods have ended so far. */
  get execs(): number {
    const file = `${this.stateFile}.execs`;
    return existsSync(file) ? readFileSync(file, 'utf8').length : 0;
  }

  /** Every kubectl call so far. */
  get calls(): string[] {
    const file = `${this.stateFile}.calls`;
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  async run(mode: 'plan' | 'apply', options: RunOptions = {}): Promise<Run> {
    this.runs += 1;
    const directory = join(this.servers.directory, `run-${this.runs}`);
    mkdirSync(directory);
    const [output, summary] = ['output', 'summary'].map((name) => join(directory, name)) as [string, string];
    for (const path of [output, summary]) writeFileSync(path, '');
    const inputs = {
      mode,
      kubeconfig: join(this.servers.directory, 'kubeconfig'),
      'stateful-set': 'redis-sessions',
      timeout: '120s',
      ...options.inputs,
    };
    const path = options.realKubectl
      ? (process.env.PATH ?? '')
      : [this.bin, options.path, dirname(this.servers.programs.client), process.env.PATH]
          .filter(Boolean)
          .join(delimiter);
    const started = Date.now();
    const child = spawn(process.execPath, [BUNDLE], {
      cwd: ROOT,
      detached: options.onStart !== undefined,
      env: {
        PATH: path,
        HOME: options.job ?? directory,
        RUNNER_TEMP: options.job ?? directory,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        FAKE_KUBECTL_STATE: this.stateFile,
        REAL_KUBECTL: spawnSync('which', ['kubectl'], { encoding: 'utf8' }).stdout.trim(),
        ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      },
    });
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    const { pid } = child;
    if (pid === undefined) throw new Error('The bundle could not be started.');
    options.onStart?.({
      pid,
      hasEnded,
      kill: () => {
        if (!hasEnded()) process.kill(-pid, 'SIGKILL');
      },
    });
    let log = '';
    let signalled = false;
    const collect = (chunk: Buffer): void => {
      log += String(chunk);
      const { signalAt } = options;
      if (signalAt === undefined || signalled || !log.includes(signalAt.text)) return;
      signalled = true;
      child.kill(signalAt.signal);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) => {
      child.once('close', (exitCode, by) => done([exitCode, by]));
    });
    const outputs = readOutputs(readFileSync(output, 'utf8'));
    const steps = JSON.parse(outputs.steps ?? '[]') as Run['steps'];
    return {
      code,
      signal,
      log,
      outputs,
      steps,
      summary: readFileSync(summary, 'utf8'),
      milliseconds: Date.now() - started,
    };
  }

  /** A program that takes the place of one on PATH for this stage. */
  program(name: string, text: string): string {
    const directory = join(this.servers.directory, 'override');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, name), text);
    chmodSync(join(directory, name), 0o755);
    return directory;
  }

  close(): Promise<void> {
    return this.servers.stop();
  }
}

/** A test with a stage of its own, closed however the test ends. Stages share nothing, so such tests run side by side. */
export function staged(options: StageOptions, body: (stage: Stage) => Promise<void>): () => Promise<void> {
  return async () => {
    const stage = await Stage.open(options);
    try {
      await body(stage);
    } finally {
      await stage.close();
    }
  };
}

/** The file of GITHUB_OUTPUT: `name<<delimiter`, lines, delimiter. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name, , value] of text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)) {
    if (name !== undefined) outputs[name] = value ?? '';
  }
  return outputs;
}

function named(kind: string, name: string): object {
  return { apiVersion: 'v1', kind, metadata: { name } };
}

function machines(count: number, zones: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    ...named('Node', `node-${index}`),
    metadata: { name: `node-${index}`, labels: { 'topology.kubernetes.io/zone': `zone-${index % zones}` } },
  }));
}

function statefulSet(replicas: number): object {
  const labels = { 'app.kubernetes.io/name': 'redis-sessions' };
  return {
    ...named('StatefulSet', 'redis-sessions'),
    spec: {
      replicas,
      serviceName: 'redis-sessions',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'redis', image: 'valkey' }] } },
    },
  };
}

function pod(ordinal: number, ip: string): object {
  return {
    ...named('Pod', `redis-sessions-${ordinal}`),
    spec: { nodeName: `node-${ordinal}` },
    status: {
      phase: 'Running',
      podIP: ip,
      containerStatuses: [{ name: 'redis', ready: true, state: { running: {} } }],
    },
  };
}
