/** Looking again and again: until our request is there, until its approval has taken effect, until the origin is well. */
import type { ActionContext } from '#toolkit/action/run';
import type { Azure } from '#toolkit/azure/connect';
import { originHealth, originLinkStatus } from '#toolkit/azure/front-door';
import { findPrivateLinkService, listConnections, type PrivateEndpointConnection } from '#toolkit/azure/private-link';
import { waitFor } from '#toolkit/process/progress';
import type { contract } from './contract.ts';
import { type Observed, type Plan, plan, type Wanted } from './plan.ts';
import { others } from './report.ts';
import { FrontendStale, staleSentence } from './stale.ts';

type Context = ActionContext<typeof contract>;

/** Azure's lists may lag behind: a lost connection must be missing for so many poll intervals before the origin is given up. */
const INTERVALS_UNTIL_STALE = 2;

/** What is there soon is seen soon, such as a request that only Azure's list had not shown yet, in milliseconds. */
const FIRST_PAUSE = 1000;

/** Half of the probes: Front Door itself is content with two of four (`load_balancing` of the origin group). */
const HEALTHY_PERCENT = 50;

/** The loops of one run, over one service. */
export class Watch {
  readonly #context: Context;
  readonly #azure: Azure;
  readonly #serviceId: string;
  readonly #wanted: Wanted;
  #firstAlias: string | undefined;
  #staleSince: number | undefined;

  constructor(context: Context, azure: Azure, serviceId: string, wanted: Wanted) {
    this.#context = context;
    this.#azure = azure;
    this.#serviceId = serviceId;
    this.#wanted = wanted;
  }

  /** Looks once. */
  async observe(): Promise<Observed> {
    const { resourceManager } = this.#azure;
    const { originId } = this.#context.inputs;
    const service = await findPrivateLinkService(resourceManager, this.#serviceId);
    if (service === undefined) return { service, connections: [] };
    this.#firstAlias ??= service.alias;
    return {
      service,
      connections: await listConnections(resourceManager, service.id),
      originStatus: originId === undefined ? undefined : await originLinkStatus(resourceManager, originId),
    };
  }

  /** What is to be done about what was seen; the alias of the first look is kept in mind. */
  plan(observed: Observed): Plan {
    return plan(observed, { ...this.#wanted, firstAlias: this.#firstAlias });
  }

  /** Looks and plans. @throws FrontendStale when our connection is lost, and not only for a moment */
  async #look(): Promise<Plan> {
    const now = this.plan(await this.observe());
    const { clock, inputs } = this.#context;
    if (now.stale === undefined) {
      this.#staleSince = undefined;
      return now;
    }
    this.#staleSince ??= clock.now();
    if (clock.now() - this.#staleSince >= INTERVALS_UNTIL_STALE * inputs.pollInterval)
      throw new FrontendStale(staleSentence(now.stale));
    return now;
  }

  #waitFor<T>(what: string, interval: number, look: () => Promise<{ done: T } | { seen: string }>): Promise<T> {
    const { inputs, clock, log, signal } = this.#context;
    const bounds = {
      timeoutMilliseconds: inputs.timeout,
      intervalMilliseconds: interval,
      firstIntervalMilliseconds: FIRST_PAUSE,
    };
    return waitFor({ what, clock, log, signal, ...bounds, look });
  }

  /** Front Door's request arrives minutes after its origin was made. */
  request(): Promise<PrivateEndpointConnection> {
    const { privateLinkService, pollInterval } = this.#context.inputs;
    return this.#waitFor(`the request of our Front Door on ${privateLinkService}`, pollInterval, async () => {
      const now = await this.#look();
      if (now.connection !== undefined) return { done: now.connection };
      const message = this.#wanted.requestMessage;
      return { seen: now.stale ?? `no connection carries the request message '${message}'${others(now)}` };
    });
  }

  /** Azure answers a decision before it has taken effect. `rejected` are those that must not be pending any more. */
  effect(rejected: readonly PrivateEndpointConnection[]): Promise<Plan> {
    const names = rejected.map(({ name }) => name);
    const interval = Math.min(this.#context.inputs.pollInterval, 1000);
    return this.#waitFor('the approval to take effect', interval, async () => {
      const now = await this.#look();
      const { connection, foreignPending } = now;
      if (connection === undefined) return { seen: now.stale ?? 'the connection is gone' };
      if (connection.status !== 'Approved' || connection.provisioningState !== 'Succeeded')
        return { seen: `it is ${connection.status}, ${connection.provisioningState}` };
      const left = foreignPending.find(({ name }) => names.includes(name));
      return left === undefined ? { done: now } : { seen: `${left.name} is still pending` };
    });
  }

  /** Front Door begins to probe after the approval, and the metric lags behind the probes. */
  health(originId: string): Promise<number> {
    const { clock, inputs } = this.#context;
    return this.#waitFor("Front Door's origin to be healthy", inputs.pollInterval, async () => {
      const percent = await originHealth(this.#azure.resourceManager, originId, clock.now());
      if (percent !== undefined && percent >= HEALTHY_PERCENT) return { done: percent };
      return {
        seen:
          percent === undefined
            ? 'Azure has no value of the metric OriginHealthPercentage yet'
            : `${percent} % of the health probes succeed; web pods that are not ready, or that do not answer the probe's path, fail them`,
      };
    });
  }
}
