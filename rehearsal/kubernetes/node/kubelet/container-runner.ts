/** One container of a pod through its whole life: pull, start, probe, end, wait, start again, and being stopped. */
import type { KubeObject } from '../../ports.ts';
import { timestamp } from '../clock.ts';
import type { PreparedImage } from '../images.ts';
import type { Container, ContainerState, ContainerStatus, Probe } from '../objects.ts';
import { planContainer } from './container-plan.ts';
import { type Ending, type RunningContainer, StartError, startContainer } from './container-process.ts';
import { type PodContext, pause, podTitle } from './pod-context.ts';
import { check } from './probe-check.ts';
import { startProber } from './prober.ts';
import type { PreparedVolume } from './volumes.ts';

/** When a container that ended is started again. */
export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** A run of this length makes the back-off start anew. */
const stableMilliseconds = 60_000;

/** See the file's head. */
export class ContainerRunner {
  readonly container: Container;
  readonly status: ContainerStatus;
  readonly #context: PodContext;
  readonly #policy: RestartPolicy;
  readonly #volumes: ReadonlyMap<string, PreparedVolume>;
  readonly #stop = new AbortController();
  readonly #started = Promise.withResolvers<void>();
  #stopSignal: NodeJS.Signals = 'SIGTERM';
  #running: RunningContainer | undefined;
  #probers: (() => void)[] = [];
  #crashes = 0;

  /** `before` is the status from an earlier world; its restarts go on counting. */
  constructor(
    context: PodContext,
    container: Container,
    options: { policy: RestartPolicy; volumes: ReadonlyMap<string, PreparedVolume>; before?: ContainerStatus },
  ) {
    this.#context = context;
    this.container = container;
    this.#policy = options.policy;
    this.#volumes = options.volumes;
    this.status = options.before ?? initialStatus(container);
  }

  /** The running process, if there is one. */
  get running(): RunningContainer | undefined {
    return this.#running;
  }

  /** Resolves when the container has started and its startup probe, if any, has succeeded; or when it never will. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Runs until the container has ended for good; answers its exit code, or undefined when it was stopped unstarted. */
  async run(): Promise<number | undefined> {
    let code: number | undefined;
    while (!this.#stop.signal.aborted) {
      const running = await this.#start();
      if (running === undefined) {
        break;
      }
      const begin = this.#context.services.clock.now().getTime();
      const ending = await running.ended;
      this.#ended(ending);
      code = ending.exitCode;
      if (this.#stop.signal.aborted || this.#policy === 'Never' || (this.#policy === 'OnFailure' && code === 0)) {
        break;
      }
      const length = this.#context.services.clock.now().getTime() - begin;
      this.#crashes = length > stableMilliseconds ? 0 : this.#crashes;
      await this.#backOff();
    }
    this.#started.resolve();
    return code;
  }

  /** Stops for good: preStop, the stop signal, and after the grace SIGKILL. Without `hooks` the preStop is left out. */
  async stop(graceSeconds: number, { hooks }: { hooks: boolean }): Promise<void> {
    this.#stop.abort();
    this.#started.resolve();
    await this.#terminate(graceSeconds, hooks);
  }

  async #start(): Promise<RunningContainer | undefined> {
    for (;;) {
      const image = await this.#pull();
      if (image === undefined) {
        return undefined;
      }
      try {
        const { restartCount } = this.status;
        const plan = await planContainer(this.#context, this.container, image, this.#volumes, restartCount);
        if (this.#stop.signal.aborted) {
          return undefined;
        }
        const running = await startContainer(plan);
        this.#stopSignal = image.config.stopSignal;
        this.#began(running, image);
        return running;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const reason = error instanceof StartError ? 'CreateContainerError' : 'CreateContainerConfigError';
        this.#wait(reason, message);
        this.#context.report({ type: 'Warning', reason: 'Failed', message: `Error: ${message}` });
        await this.#pause(1000);
      }
    }
  }

  /** Asks for the image until it is there; undefined when stopped meanwhile. */
  async #pull(): Promise<PreparedImage | undefined> {
    const { image = '' } = this.container;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      try {
        return await this.#context.services.images.pull(image);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#context.report({
          type: 'Warning',
          reason: 'Failed',
          message: `Failed to pull image "${image}": ${message}`,
        });
        this.#wait('ErrImagePull', message);
        await this.#pause(300);
        this.#wait('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${message}`);
        await this.#pause(this.#delay(attempt));
      }
    }
    return undefined;
  }

  #began(running: RunningContainer, image: PreparedImage): void {
    this.#running = running;
    if (this.#stop.signal.aborted) {
      running.kill('SIGKILL');
    }
    this.status.imageID = `${(this.container.image ?? '').split('@')[0]}@${image.digest}`;
    this.status.containerID = `rehearsal://${running.pid}`;
    this.status.state = { running: { startedAt: timestamp(this.#context.services.clock.now()) } };
    this.status.started = false;
    this.#context.report({ type: 'Normal', reason: 'Started', message: `Started container ${this.container.name}` });
    this.#watchHealth(running);
    this.#context.changed();
    this.#postStart(running);
  }

  /** Startup first; readiness and liveness only when it has succeeded. */
  #watchHealth(running: RunningContainer): void {
    const { startupProbe, readinessProbe, livenessProbe } = this.container;
    const up = (): void => {
      this.status.started = true;
      this.status.ready = readinessProbe === undefined;
      this.#started.resolve();
      this.#context.changed();
      if (readinessProbe !== undefined) {
        this.#probe('Readiness', readinessProbe, running, true, (ok) => {
          this.status.ready = ok;
          this.#context.changed();
        });
      }
      if (livenessProbe !== undefined) {
        this.#probe('Liveness', livenessProbe, running, false, (ok) => (ok ? undefined : this.#unhealthy('liveness')));
      }
    };
    if (startupProbe === undefined) {
      up();
    } else {
      this.#probe('Startup', startupProbe, running, true, (ok, stop) => {
        stop();
        return ok ? up() : this.#unhealthy('startup');
      });
    }
  }

  #probe(
    kind: 'Startup' | 'Readiness' | 'Liveness',
    probe: Probe,
    running: RunningContainer,
    eager: boolean,
    verdict: (ok: boolean, stop: () => void) => void,
  ): void {
    const target = { running, container: this.container, podIP: this.#context.podIP };
    const stop = startProber(
      probe,
      () => check(probe, target, probe.timeoutSeconds ?? 1),
      {
        verdict: (ok) => verdict(ok, stop),
        failed: (message) =>
          this.#context.report({ type: 'Warning', reason: 'Unhealthy', message: `${kind} probe failed: ${message}` }),
      },
      { clock: this.#context.services.clock, eager },
    );
    this.#probers.push(stop);
  }

  #unhealthy(probe: string): void {
    const { name, livenessProbe, startupProbe } = this.container;
    const message = `Container ${name} failed ${probe} probe, will be restarted`;
    this.#context.report({ type: 'Normal', reason: 'Killing', message });
    const own = (probe === 'liveness' ? livenessProbe : startupProbe)?.terminationGracePeriodSeconds;
    void this.#terminate(own ?? this.#context.pod().spec.terminationGracePeriodSeconds ?? 30, true);
  }

  #postStart(running: RunningContainer): void {
    const hook = this.container.lifecycle?.postStart;
    if (hook === undefined) {
      return;
    }
    const target = { running, container: this.container, podIP: this.#context.podIP };
    void check(hook, target, 3600).then(({ ok, message }) => {
      if (!ok && this.#running === running) {
        this.#context.report({
          type: 'Warning',
          reason: 'FailedPostStartHook',
          message: `PostStartHook failed: ${message}`,
        });
        void this.#terminate(this.#context.pod().spec.terminationGracePeriodSeconds ?? 30, true);
      }
    });
  }

  #ended({ exitCode, signal }: Ending): void {
    this.#stopProbers();
    this.#running = undefined;
    const startedAt = this.status.state.running?.startedAt;
    this.status.state = {
      terminated: {
        exitCode,
        ...(signal === undefined ? {} : { signal }),
        reason: exitCode === 0 ? 'Completed' : 'Error',
        ...(startedAt === undefined ? {} : { startedAt }),
        finishedAt: timestamp(this.#context.services.clock.now()),
      },
    };
    this.status.ready = false;
    this.status.started = false;
    this.#context.changed();
  }

  /** The first restart is immediate, each further one waits twice as long as the one before. */
  async #backOff(): Promise<void> {
    const ended: ContainerState = this.status.state;
    this.#crashes += 1;
    if (this.#crashes > 1) {
      const delay = this.#delay(this.#crashes - 2);
      const title = podTitle(this.#context.object());
      const { name } = this.container;
      this.status.lastState = ended;
      this.#wait('CrashLoopBackOff', `back-off ${delay}ms restarting failed container=${name} pod=${title}`);
      const message = `Back-off restarting failed container ${name} in pod ${title}`;
      this.#context.report({ type: 'Warning', reason: 'BackOff', message });
      await this.#pause(delay);
    }
    if (!this.#stop.signal.aborted) {
      this.status.lastState = ended;
      this.status.restartCount += 1;
    }
  }

  async #terminate(graceSeconds: number, hooks: boolean): Promise<void> {
    this.#stopProbers();
    const running = this.#running;
    if (running === undefined) {
      return;
    }
    const { clock } = this.#context.services;
    const end = clock.now().getTime() + graceSeconds * 1000;
    const ended = new AbortController();
    const gone = running.ended.then(() => ended.abort());
    const hook = this.container.lifecycle?.preStop;
    if (hooks && hook !== undefined && graceSeconds > 0) {
      const target = { running, container: this.container, podIP: this.#context.podIP };
      const done = check(hook, target, graceSeconds).then(({ ok, message }) => {
        if (!ok && !ended.signal.aborted) {
          this.#context.report({
            type: 'Warning',
            reason: 'FailedPreStopHook',
            message: `PreStopHook failed: ${message}`,
          });
        }
      });
      await Promise.race([done, gone]);
    }
    if (graceSeconds > 0) {
      running.kill(this.#stopSignal);
      // kubelet leaves at least two seconds after a long preStop.
      await pause(clock, Math.max(end - clock.now().getTime(), 2000), ended.signal);
    }
    running.kill('SIGKILL');
    await gone;
  }

  #stopProbers(): void {
    for (const stop of this.#probers) {
      stop();
    }
    this.#probers = [];
    this.status.ready = false;
  }

  #wait(reason: string, message: string): void {
    this.status.state = { waiting: { reason, message } };
    this.#context.changed();
  }

  #delay(attempt: number): number {
    const { first, longest } = this.#context.services.backOff;
    return Math.min(first * 2 ** attempt, longest);
  }

  #pause(milliseconds: number): Promise<void> {
    return pause(this.#context.services.clock, milliseconds, this.#stop.signal);
  }
}

/** The status before anything has happened. */
export function initialStatus(container: Container, reason = 'ContainerCreating'): ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason } },
  };
}

/** What a container's status becomes when the world it ran in is gone: as after the crash of a node. */
export function afterCrash(object: KubeObject, name: string, policy: RestartPolicy): ContainerStatus | undefined {
  const all = (object.status?.containerStatuses ?? []) as unknown as ContainerStatus[];
  const init = (object.status?.initContainerStatuses ?? []) as unknown as ContainerStatus[];
  const before = structuredClone([...init, ...all].find((status) => status.name === name));
  if (before?.state.running === undefined) {
    return before;
  }
  const terminated = { exitCode: 255, reason: 'Unknown', startedAt: before.state.running.startedAt };
  const lost: ContainerState = { terminated };
  return policy === 'Never'
    ? { ...before, ready: false, started: false, state: lost }
    : { ...before, ready: false, started: false, state: lost, lastState: lost, restartCount: before.restartCount + 1 };
}
