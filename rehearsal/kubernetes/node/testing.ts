/** What the tests of the node half share: a cluster with real pods in a temporary folder. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject, ObjectRef, Outside, PodRuntime } from '../ports.ts';
import { ClusterStore } from '../store.ts';
import { type Pod, podOf } from './objects.ts';
import { type NodesOptions, startNodes } from './runtime.ts';

/** A manifest: type, name and the rest. */
export type Manifest = Record<string, unknown> & { kind: string; metadata: { name: string; [key: string]: unknown } };

/** A cluster under test. */
export interface TestCluster {
  store: ClusterStore;
  nodes: PodRuntime;
  directory: string;
  /** Stores a manifest in the namespace `moodle`, or replaces the spec of the one that is there. */
  apply(manifest: Manifest): KubeObject;
  pod(name: string): Pod | undefined;
  /** Runs a command in a pod and answers what it said. */
  run(pod: string, command: string[], container?: string): Promise<{ code: number; out: string; err: string }>;
  /** Stops the nodes and starts them again on the same store file and folder, as after a restart of the world. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** An outside world in which only the images with an adapter exist. */
export function outsideWith(more: Partial<Outside> = {}): Outside {
  return {
    loadBalancer: async () => ({ ip: '127.0.0.1' }),
    loadBalancerGone: async () => {},
    secret: async (vault, name) => {
      throw new Error(`Secret not found: ${name} (vault ${vault})`);
    },
    image: async (reference) => {
      if (reference.includes('missing')) {
        throw new Error(`${reference}: not found`);
      }
      return { digest: `sha256:${'0'.repeat(64)}` };
    },
    hosts: () => ({}),
    ...more,
  };
}

/** Starts a cluster with the namespace `moodle`. */
export async function startCluster(options: Partial<NodesOptions> = {}): Promise<TestCluster> {
  const directory = mkdtempSync(join(tmpdir(), 'nodes-'));
  const file = join(directory, 'store.jsonl');
  const claim = await claimBlock();
  const open = () => new ClusterStore({ file });
  const begin = (store: ClusterStore) =>
    startNodes({
      outside: outsideWith(),
      backOff: { first: 100, longest: 400 },
      log: (line) => process.stderr.write(`${line}\n`),
      addressBlock: claim.block,
      ...options,
      store,
      directory,
    });
  const store = open();
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'moodle' } }, 'test');
  const cluster: TestCluster = {
    store,
    nodes: begin(store),
    directory,
    apply: (manifest) => apply(cluster.store, manifest),
    pod: (name) => {
      const object = cluster.store.get({ kind: 'Pod', namespace: 'moodle', name });
      return object === undefined ? undefined : podOf(object);
    },
    run: (pod, command, container) => run(cluster.nodes, pod, command, container),
    restart: async () => {
      await cluster.nodes.stop();
      cluster.store.close();
      cluster.store = open();
      cluster.nodes = begin(cluster.store);
    },
    stop: async () => {
      await cluster.nodes.stop();
      cluster.store.close();
      claim.lock.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await until(() => store.get({ kind: 'ServiceAccount', namespace: 'moodle', name: 'default' }));
  return cluster;
}

/** A block of addresses that no other test on this machine uses, held by listening. Rehearsals use those below 100. */
async function claimBlock(): Promise<{ block: number; lock: Server }> {
  for (;;) {
    const block = randomInt(100, 256);
    const lock = createServer();
    const free = await new Promise<boolean>((resolve) => {
      lock.once('error', () => resolve(false));
      lock.listen(47_001, `127.131.${block}.1`, () => resolve(true));
    });
    if (free) {
      return { block, lock: lock.unref() };
    }
  }
}

function apply(store: ClusterStore, manifest: Manifest): KubeObject {
  const { metadata, ...rest } = manifest;
  const ref: ObjectRef = { kind: manifest.kind, namespace: 'moodle', name: metadata.name };
  if (store.peek(ref) === undefined) {
    const object = { apiVersion: '', ...rest, metadata: { namespace: 'moodle', ...metadata } };
    return store.create(object, 'test');
  }
  const updated = store.update(ref, (draft) => Object.assign(draft, rest), { manager: 'test' });
  if (updated === undefined) {
    throw new Error(`${manifest.kind} ${metadata.name} has gone`);
  }
  return updated;
}

async function run(nodes: PodRuntime, pod: string, command: string[], container?: string) {
  const ref = { namespace: 'moodle', pod, ...(container === undefined ? {} : { container }) };
  const child = await nodes.exec(ref, command, { stdin: false });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), child.exit]);
  return { code, out, err };
}

/** Everything a stream says. */
export async function text(stream: AsyncIterable<unknown>): Promise<string> {
  let all = '';
  for await (const chunk of stream) {
    all += String(chunk);
  }
  return all;
}

/** Waits until the function answers something true and answers that; fails with `what` after some seconds. */
export async function until<T>(
  ask: () => T | Promise<T>,
  what = 'the condition',
  seconds = 15,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) {
      return answer as NonNullable<Exclude<T, false>>;
    }
    if (Date.now() > end) {
      throw new Error(`Waited ${seconds} s in vain for ${what}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A pod spec of one container that runs a shell script with the image `redis` (any would do: it has a shell). */
export function shell(script: string, more: Record<string, unknown> = {}, pod: Record<string, unknown> = {}) {
  return {
    terminationGracePeriodSeconds: 1,
    ...pod,
    containers: [{ name: 'main', image: 'redis', command: ['sh', '-c', script], ...more }],
  };
}

/** A script that runs until it is told to stop. */
export const forever = 'trap "exit 0" TERM; while :; do sleep 0.05; done';
