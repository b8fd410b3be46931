/** All kubelets in one: every pod that has a node gets a worker, a pod that is leaving is stopped and removed. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject, StoreEvent } from '../../ports.ts';
import type { Addresses } from '../addresses.ts';
import { refOf } from '../cluster.ts';
import { hasEnded, isLeaving, podOf } from '../objects.ts';
import { namedServices, ownHosts, sharedHosts } from './hosts.ts';
import { overwrite } from './hosts-file.ts';
import type { KubeletServices } from './pod-context.ts';
import { PodWorker } from './pod-worker.ts';

/** Seconds that pods have to end by themselves when the whole world stops. */
const shutdownGrace = 1;

/** The address of every node: pods reach the machine itself there. */
const hostIP = '127.0.0.1';

/** See the file's head. */
export class Kubelet {
  readonly #services: KubeletServices;
  readonly #addresses: Addresses;
  readonly #workers = new Map<string, PodWorker>();
  readonly #leaving = new Set<string>();
  readonly #written = new WeakMap<PodWorker, string>();
  readonly #unsubscribe: () => void;
  #scheduled: NodeJS.Immediate | undefined;
  #stopped = false;

  constructor(services: KubeletServices, addresses: Addresses) {
    this.#services = services;
    this.#addresses = addresses;
    this.#unsubscribe = services.cluster.onChange((event) => this.#seen(event));
    this.#wake();
  }

  /** The worker of a pod, if it has one. */
  worker(object: KubeObject): PodWorker | undefined {
    return this.#workers.get(object.metadata.uid);
  }

  /** Stops every pod and writes nothing about it: to the store it looks as if the nodes had lost power. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    if (this.#scheduled !== undefined) {
      clearImmediate(this.#scheduled);
    }
    const workers = [...this.#workers.values()];
    await Promise.all(workers.map((worker) => worker.stop(shutdownGrace, { silent: true, hooks: false })));
  }

  #seen({ type, object }: StoreEvent): void {
    if (object.kind === 'Pod' && type === 'DELETED') {
      void this.#forget(object);
    }
    if (object.kind === 'Pod' || object.kind === 'Service') {
      this.#wake();
    }
  }

  #wake(): void {
    if (!this.#stopped) {
      this.#scheduled ??= setImmediate(() => {
        this.#scheduled = undefined;
        this.#reconcile();
      });
    }
  }

  #reconcile(): void {
    const { cluster } = this.#services;
    const hosts = this.#sharedHosts();
    for (const object of cluster.list('Pod')) {
      const pod = podOf(object);
      const { uid } = object.metadata;
      if (isLeaving(pod)) {
        this.#leave(object);
      } else if (pod.spec.nodeName !== undefined && !hasEnded(pod) && !this.#workers.has(uid)) {
        this.#admit(object, hosts);
      }
    }
    for (const worker of this.#workers.values()) {
      this.#writeHosts(worker, hosts);
    }
  }

  #admit(object: KubeObject, hosts: (namespace: string) => string): void {
    const podIP = podOf(object).status.podIP ?? this.#addresses.allocate('pod', object.metadata.uid);
    const worker = new PodWorker(this.#services, object, { podIP, hostIP });
    this.#workers.set(object.metadata.uid, worker);
    this.#writeHosts(worker, hosts);
    worker.run().catch((error: unknown) => {
      this.#services.log(`Pod ${object.metadata.name} failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
  }

  #leave(object: KubeObject): void {
    const { uid, deletionGracePeriodSeconds } = object.metadata;
    if (this.#leaving.has(uid)) {
      return;
    }
    this.#leaving.add(uid);
    const worker = this.#workers.get(uid);
    const message = 'Stopping containers of the pod';
    if (worker?.context.pod().spec.containers.some(({ name }) => worker.runner(name)?.running)) {
      this.#services.cluster.report(object, { type: 'Normal', reason: 'Killing', message }, 'kubelet');
    }
    const done = worker?.stop(deletionGracePeriodSeconds ?? 30, { silent: false, hooks: true }) ?? Promise.resolve();
    void done.then(() => {
      if (!this.#stopped) {
        this.#services.cluster.store.remove(refOf(object));
      }
    });
  }

  /** The object has gone: whatever still runs is killed, and the pod's files go. */
  async #forget(object: KubeObject): Promise<void> {
    const { uid } = object.metadata;
    const worker = this.#workers.get(uid);
    this.#workers.delete(uid);
    await worker?.stop(0, { silent: true, hooks: false });
    this.#leaving.delete(uid);
    this.#addresses.release(uid);
    rmSync(join(this.#services.podsDirectory, uid), { recursive: true, force: true });
  }

  /** The lines of a namespace's pods, made once for all of them. */
  #sharedHosts(): (namespace: string) => string {
    const services = namedServices(this.#services.cluster);
    const outside = this.#services.outside.hosts();
    const made = new Map<string, string>();
    return (namespace) => {
      const known = made.get(namespace) ?? sharedHosts(namespace, services, outside);
      made.set(namespace, known);
      return known;
    };
  }

  #writeHosts(worker: PodWorker, hosts: (namespace: string) => string): void {
    const { metadata, spec } = worker.context.pod();
    const { name, namespace = 'default' } = metadata;
    const shared = hosts(namespace);
    if (this.#written.get(worker) === shared) {
      return;
    }
    this.#written.set(worker, shared);
    const { subdomain } = spec;
    const own = { name, namespace, ip: worker.context.podIP, ...(subdomain === undefined ? {} : { subdomain }) };
    overwrite(join(worker.context.directory, 'hosts'), `${ownHosts(own)}${shared}`);
  }
}
