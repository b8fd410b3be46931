/**
 * Redis servers that have never met, each on its own loopback address, and a Kubernetes API in which they are the pods of
 * a StatefulSet: the real kubectl talks to it over TLS, and its exec runs the command on this machine.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Run, Stage } from '../../actions/redis-bootstrap/test/stage.ts';
import { startCluster, type TestCluster } from '../../rehearsal/kubernetes/testing/cluster.ts';
import { type FarRelay, farRelay } from './far-relay.ts';

/** A server refuses writes for two seconds after its start; pods that have become ready are older than that. */
const OLD_ENOUGH_MILLISECONDS = 2500;

/** How long a node must be silent to be held for failed, in milliseconds. Gossip is as quick as half of it. */
export const NODE_TIMEOUTS = {
  /** What a server has that nobody configured. */
  stock: '15000',
  /** What the manifests of this repository set. */
  manifests: '5000',
};

export class FreshCluster {
  readonly stage: Stage;
  private readonly api: TestCluster;
  private relay: FarRelay | undefined;

  private constructor(stage: Stage, api: TestCluster) {
    this.stage = stage;
    this.api = api;
  }

  static async start(size: number, nodeTimeout: string): Promise<FreshCluster> {
    const settings = { 'cluster-node-timeout': nodeTimeout, appendfsync: 'everysec' };
    const stage = await Stage.open({ servers: size, settings });
    const cluster = new FreshCluster(stage, await startCluster());
    const { objects, nodes } = stage.state;
    for (const object of [...nodes, ...Object.values(objects)]) cluster.create(object);
    cluster.publishPods();
    await delay(OLD_ENOUGH_MILLISECONDS);
    return cluster;
  }

  get ips(): readonly string[] {
    return this.stage.servers.ips;
  }

  get kubeconfig(): string {
    return `${this.api.directory}/kubeconfig`;
  }

  /** Runs the committed bundle in mode `apply` to its end. */
  async bootstrap({
    kubeconfig = this.kubeconfig,
    ...options
  }: {
    kubeconfig?: string;
    job?: string;
  } = {}): Promise<Run> {
    const run = await this.stage.run('apply', {
      realKubectl: true,
      inputs: { kubeconfig, nodes: String(this.ips.length), timeout: '5m' },
      ...options,
    });
    if (run.code !== 0) throw new Error(`redis-bootstrap ended with ${run.code}: ${run.log.slice(-2000)}`);
    return run;
  }

  /** A new folder that runs share as the steps of a job share their home. */
  job(name: string): string {
    const folder = `${this.api.directory}/${name}`;
    mkdirSync(folder);
    return folder;
  }

  /** Every server ends at once and comes back with its data at an address that it did not have before. */
  async moveAll(): Promise<void> {
    const ordinals = [...this.ips.keys()];
    await Promise.all(ordinals.map((ordinal) => this.stage.servers.kill(ordinal)));
    await Promise.all(ordinals.map((ordinal) => this.stage.servers.launch(ordinal)));
    this.stage.refreshPods();
    this.publishPods();
  }

  /** From now on the API server is also there through a relay. @returns the kubeconfig for it */
  async moveAway(roundTripMilliseconds: number): Promise<string> {
    const { port } = new URL(this.api.url);
    this.relay = await farRelay(Number(port), roundTripMilliseconds);
    const far = `${this.kubeconfig}-far`;
    writeFileSync(far, readFileSync(this.kubeconfig, 'utf8').replaceAll(`:${port}`, `:${this.relay.port}`));
    return far;
  }

  async close(): Promise<void> {
    await this.relay?.close();
    await this.api.close();
    await this.stage.close();
  }

  private create(object: unknown): void {
    const { metadata, ...rest } = object as { kind: string; metadata: { name: string } };
    const isCluster = ['Node', 'Namespace'].includes(rest.kind);
    const apiVersion = rest.kind === 'StatefulSet' ? 'apps/v1' : 'v1';
    this.api.store.create(
      { ...rest, apiVersion, metadata: { ...(isCluster ? {} : { namespace: 'moodle' }), ...metadata } },
      'bench',
    );
  }

  private publishPods(): void {
    const labels = { 'app.kubernetes.io/name': 'redis-sessions' };
    for (const pod of this.stage.state.pods as { metadata: { name: string }; spec: object; status: object }[]) {
      const { name } = pod.metadata;
      const ref = { kind: 'Pod', namespace: 'moodle', name };
      if (this.api.store.get(ref) === undefined) {
        const spec = { ...pod.spec, containers: [{ name: 'redis', image: 'valkey' }] };
        this.create({ kind: 'Pod', metadata: { name, labels }, spec });
      }
      this.api.store.update(ref, (draft) => Object.assign(draft, { status: pod.status }), {
        manager: 'bench',
        subresource: 'status',
      });
    }
  }
}
