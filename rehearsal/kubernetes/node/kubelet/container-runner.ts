/** One container of a pod through its whole life: pull, start, probe, end, wait, start again, and being stopped. */
import { timestamp } from '../clock.ts';
import type { PreparedImage } from '../images.ts';
import type { Container, ContainerState, ContainerStatus } from '../objects.ts';
import { endContainer } from './container-end.ts';
import { watchHealth } from './container-health.ts';
import { planContainer } from './container-plan.ts';
import { type Ending, type RunningContainer, StartError, startContainer } from './container-process.ts';
import { initialStatus, type RestartPolicy } from './container-status.ts';
import { type PodContext, pause, podTitle } from './pod-context.ts';
import { check } from './probe-check.ts';
import type { PreparedVolume } from './volumes.ts';

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
  #health: (() => void) | undefined;
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
        const pulled = await this.#context.services.images.pull(image);
        const message = `Successfully pulled image "${image}"`;
        this.#context.report({ type: 'Normal', reason: 'Pulled', message });
        return pulled;
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

  #watchHealth(running: RunningContainer): void {
    const target = { running, container: this.container, podIP: this.#context.podIP };
    this.#health = watchHealth(target, this.#context, {
      started: () => {
        this.status.started = true;
        this.#started.resolve();
        this.#context.changed();
      },
      ready: (ready) => {
        this.status.ready = ready;
        this.#context.changed();
      },
      unhealthy: (probe) => this.#unhealthy(probe),
    });
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
    const target = { running, container: this.container, podIP: this.#context.podIP };
    await endContainer(target, this.#context, { graceSeconds, hooks, signal: this.#stopSignal });
  }

  #stopProbers(): void {
    this.#health?.();
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
