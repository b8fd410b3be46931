/** One pod on its node: volumes, init containers, containers, status, end. */
import { join } from 'node:path';
import type { KubeObject } from '../../ports.ts';
import { timestamp } from '../clock.ts';
import { type Container, type ContainerStatus, type Pod, podOf } from '../objects.ts';
import { ContainerRunner } from './container-runner.ts';
import { afterCrash, initialStatus, isSidecar, policyOf, type RestartPolicy } from './container-status.ts';
import { type KubeletServices, latest, type PodContext, pause } from './pod-context.ts';
import { podStatus } from './pod-status.ts';
import { refusal } from './refusals.ts';
import { type PreparedVolume, prepareVolumes } from './volumes.ts';

const manager = 'kubelet';

/** See the file's head. */
export class PodWorker {
  readonly context: PodContext;
  readonly #services: KubeletServices;
  readonly #stop = new AbortController();
  readonly #runners = new Map<string, ContainerRunner>();
  readonly #waiting = new Map<string, ContainerStatus>();
  readonly #startTime: string;
  readonly #runs: Promise<unknown>[] = [];
  #initialized = false;
  #outcome: 'Succeeded' | 'Failed' | undefined;
  #publishing: NodeJS.Immediate | undefined;
  #silent = false;
  #object: KubeObject;

  constructor(services: KubeletServices, object: KubeObject, addresses: { podIP: string; hostIP: string }) {
    this.#services = services;
    this.#object = object;
    this.#startTime = podOf(object).status.startTime ?? timestamp(services.clock.now());
    this.context = {
      services,
      ...addresses,
      directory: join(services.podsDirectory, object.metadata.uid),
      object: () => {
        this.#object = latest(services.cluster, this.#object);
        return this.#object;
      },
      pod: () => podOf(this.context.object()),
      report: (event) => {
        if (!this.#silent) {
          services.cluster.report(this.#object, event, manager);
        }
      },
      changed: () => {
        this.#publishing ??= setImmediate(() => this.#publish());
      },
    };
    for (const container of [...(this.#pod.spec.initContainers ?? []), ...this.#pod.spec.containers]) {
      const first = this.#pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating';
      const before = afterCrash(object, container.name, policyOf(this.#pod));
      this.#waiting.set(container.name, before ?? initialStatus(container, first));
    }
  }

  get #pod(): Pod {
    return podOf(this.#object);
  }

  /** The runner of a container, when it has begun. */
  runner(name: string): ContainerRunner | undefined {
    return this.#runners.get(name);
  }

  /** Lives until every container has ended for good or the pod is stopped. */
  run(): Promise<void> {
    const life = this.#live();
    this.#runs.push(life.catch(() => undefined));
    return life;
  }

  async #live(): Promise<void> {
    this.context.changed();
    const refused = refusal(this.#pod.spec);
    if (refused !== undefined) {
      this.#refuse(refused);
      return;
    }
    const volumes = await this.#mount();
    if (volumes === undefined || !(await this.#initialize(volumes))) {
      return;
    }
    this.#initialized = true;
    this.context.changed();
    const policy = policyOf(this.#pod);
    const runs = this.#pod.spec.containers.map((container) => this.#runToEnd(container, policy, volumes));
    const codes = await Promise.all(runs);
    if (!this.#stop.signal.aborted) {
      await this.#stopSidecars();
      this.#finish(codes.every((code) => code === 0) ? 'Succeeded' : 'Failed');
    }
  }

  /** Ends every container, sidecars last. With `silent` nothing is written about it any more. */
  async stop(graceSeconds: number, { silent, hooks }: { silent: boolean; hooks: boolean }): Promise<void> {
    this.#silent ||= silent;
    this.#stop.abort();
    const main = new Set(this.#pod.spec.containers.map((container) => container.name));
    const runners = [...this.#runners.values()];
    const end = (some: ContainerRunner[]) => Promise.all(some.map((runner) => runner.stop(graceSeconds, { hooks })));
    await end(runners.filter((runner) => main.has(runner.container.name)));
    await end(runners.filter((runner) => !main.has(runner.container.name)));
    // One that was just being started ends only now.
    await Promise.all(this.#runs);
    if (this.#publishing !== undefined) {
      clearImmediate(this.#publishing);
      this.#publish();
    }
  }

  #refuse(message: string): void {
    for (const status of this.#waiting.values()) {
      status.state = { waiting: { reason: 'CreateContainerConfigError', message } };
    }
    this.context.report({ type: 'Warning', reason: 'Failed', message });
    this.context.changed();
  }

  async #mount(): Promise<ReadonlyMap<string, PreparedVolume> | undefined> {
    const { cluster, outside, clock, volumesDirectory } = this.#services;
    const places = { ...this.context, pod: this.context.directory, shared: volumesDirectory };
    while (!this.#stop.signal.aborted) {
      try {
        return await prepareVolumes(cluster, outside, this.context.pod(), places);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.context.report({ type: 'Warning', reason: 'FailedMount', message });
        await pause(clock, 500, this.#stop.signal);
      }
    }
    return undefined;
  }

  /** Init containers one after the other; sidecars (restartPolicy Always) stay. False when the pod goes no further. */
  async #initialize(volumes: ReadonlyMap<string, PreparedVolume>): Promise<boolean> {
    const policy: RestartPolicy = policyOf(this.#pod) === 'Never' ? 'Never' : 'OnFailure';
    for (const container of this.#pod.spec.initContainers ?? []) {
      if (isSidecar(container)) {
        const runner = this.#runner(container, 'Always', volumes);
        this.#runs.push(runner.run());
        await runner.started;
      } else {
        const code = await this.#runner(container, policy, volumes).run();
        if (code !== 0 && !this.#stop.signal.aborted) {
          await this.#stopSidecars();
          this.#finish('Failed');
        }
        if (code !== 0) {
          return false;
        }
      }
      if (this.#stop.signal.aborted) {
        return false;
      }
    }
    return true;
  }

  /** A container that had ended for good before the world was restarted is not run again. */
  async #runToEnd(
    container: Container,
    policy: RestartPolicy,
    volumes: ReadonlyMap<string, PreparedVolume>,
  ): Promise<number | undefined> {
    const ended = this.#waiting.get(container.name)?.state.terminated?.exitCode;
    if (ended !== undefined && (policy === 'Never' || (policy === 'OnFailure' && ended === 0))) {
      return ended;
    }
    return this.#runner(container, policy, volumes).run();
  }

  #runner(container: Container, policy: RestartPolicy, volumes: ReadonlyMap<string, PreparedVolume>): ContainerRunner {
    const before = this.#waiting.get(container.name);
    const runner = new ContainerRunner(this.context, container, { policy, volumes, ...(before ? { before } : {}) });
    this.#runners.set(container.name, runner);
    return runner;
  }

  async #stopSidecars(): Promise<void> {
    const sidecars = (this.#pod.spec.initContainers ?? []).filter(isSidecar);
    const runners = sidecars.map(({ name }) => this.#runners.get(name)).filter((runner) => runner !== undefined);
    const grace = this.#pod.spec.terminationGracePeriodSeconds ?? 30;
    await Promise.all(runners.map((runner) => runner.stop(grace, { hooks: true })));
  }

  #finish(outcome: 'Succeeded' | 'Failed'): void {
    this.#outcome = outcome;
    this.context.changed();
  }

  #publish(): void {
    this.#publishing = undefined;
    if (this.#silent) {
      return;
    }
    const object = this.context.object();
    const pod = podOf(object);
    const statusOf = ({ name }: Container): ContainerStatus[] => {
      const status = this.#runners.get(name)?.status ?? this.#waiting.get(name);
      return status === undefined ? [] : [status];
    };
    const status = podStatus({
      podIP: this.context.podIP,
      hostIP: this.context.hostIP,
      startTime: this.#startTime,
      containers: pod.spec.containers.flatMap(statusOf),
      initContainers: (pod.spec.initContainers ?? []).flatMap(statusOf),
      initialized: this.#initialized,
      ...(this.#outcome === undefined ? {} : { outcome: this.#outcome }),
      before: pod.status.conditions ?? [],
      now: this.#services.clock.now(),
    });
    this.#services.cluster.setStatus(object, status, manager);
  }
}
