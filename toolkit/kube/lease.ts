/**
 * A lock that a run holds while it works: a Lease (coordination.k8s.io/v1), renewed all the time, so that the lock of a
 * run that was killed expires. It keeps two runs from doing the same work at the same time. It is no fence: a runner that
 * was cut off from the cluster may still be at work when its lease is taken over, so what it does must be safe by itself.
 */
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { waitFor } from '../process/progress.ts';
import type { Kube, KubeObject } from './kube.ts';
import { KubeError } from './kube-error.ts';

/** A holder that has not renewed for so long is gone. Far above any difference of clocks that are set by NTP. */
const DURATION_SECONDS = 30;
const RENEW_MILLISECONDS = 10_000;

/** What a lease needs from outside. */
export interface LeaseOptions {
  kube: Kube;
  /** Of the Lease object. */
  name: string;
  /** Who asks, as others will read it: the address of the run. No two processes may say the same. */
  holder: string;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  /** How long to wait for another holder. */
  timeoutMilliseconds: number;
}

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/**
 * Does something while holding the lease, and gives it back.
 *
 * @param body gets a signal that is also aborted when another run has taken the lease over
 * @throws TimedOut, with who holds it, when it does not become free
 */
export async function withLease<T>(options: LeaseOptions, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const held = { lease: await acquire(options) };
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = keepRenewing(held, options, lost, AbortSignal.any([options.signal, done.signal]));
  try {
    return await body(AbortSignal.any([options.signal, lost.signal]));
  } finally {
    done.abort();
    await renewing;
    if (!lost.signal.aborted) await release(held.lease, options);
  }
}

async function acquire(options: LeaseOptions): Promise<KubeObject> {
  const { kube, name, clock } = options;
  return waitFor<KubeObject>({
    ...options,
    what: `the lease ${name}, which another run holds`,
    look: async () => {
      const lease = await kube.get({ kind: 'lease', name });
      const spec = (lease?.spec ?? {}) as LeaseSpec;
      if (lease !== undefined && !isFree(spec, clock.now())) {
        return { seen: `${spec.holderIdentity} has held it since ${spec.acquireTime}` };
      }
      return take(lease, options);
    },
  });
}

/** Whether nobody holds it, or a holder who stopped to renew. */
function isFree({ holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 }: LeaseSpec, now: number): boolean {
  return holderIdentity === '' || !(Date.parse(renewTime) + leaseDurationSeconds * 1000 > now);
}

/** Takes a lease that is free. Of two that try, the API server refuses one. */
async function take(
  lease: KubeObject | undefined,
  { kube, name, holder, log, clock }: LeaseOptions,
): Promise<{ done: KubeObject } | { seen: string }> {
  const time = microTime(clock.now());
  const { holderIdentity: former = '', leaseTransitions = 0 } = (lease?.spec ?? {}) as LeaseSpec;
  const spec: LeaseSpec = {
    holderIdentity: holder,
    leaseDurationSeconds: DURATION_SECONDS,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: lease === undefined ? 0 : leaseTransitions + 1,
  };
  try {
    if (lease === undefined) {
      return {
        done: await kube.create({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec }),
      };
    }
    const taken = await kube.replace({ ...lease, spec });
    if (former !== '') log.info(`took over the lease ${name}: ${former} has stopped to renew it`);
    return { done: taken };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { seen: 'another run was faster' };
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof KubeError && ['exists', 'conflict', 'not-found'].includes(error.reason);
}

/** Renews until told to stop. An API server that is away is asked again; a lease of somebody else is lost. */
async function keepRenewing(
  held: { lease: KubeObject },
  options: LeaseOptions,
  lost: AbortController,
  stop: AbortSignal,
): Promise<void> {
  const { kube, name, holder, clock, log } = options;
  while (!stop.aborted) {
    try {
      await clock.sleep(RENEW_MILLISECONDS, stop);
      held.lease = await kube.replace(renewed(held.lease, clock.now()));
    } catch (error) {
      if (stop.aborted) return;
      if (!isRefusal(error)) {
        log.info(`The lease ${name} could not be renewed (${String((error as Error).message)})`);
        continue;
      }
      // The answer to our own write may have been lost.
      const found = await kube.get({ kind: 'lease', name }).catch(() => held.lease);
      const now = (found?.spec as LeaseSpec | undefined)?.holderIdentity ?? 'nobody';
      if (found !== undefined && now === holder) held.lease = found;
      else
        return lost.abort(new UserError(`The lease ${name} was taken over by ${now}; run again when that has ended.`));
    }
  }
}

function renewed(lease: KubeObject, now: number): KubeObject {
  return { ...lease, spec: { ...(lease.spec as LeaseSpec), renewTime: microTime(now) } };
}

/** Gives it back, unless another has it by now. Where that fails, it expires. */
async function release(lease: KubeObject, { kube, log, name }: LeaseOptions): Promise<void> {
  const { holderIdentity: _, ...spec } = lease.spec as LeaseSpec;
  try {
    await kube.replace({ ...lease, spec });
  } catch (error) {
    log.debug(`The lease ${name} was not given back: ${String(error)}`);
  }
}

/** Kubernetes' MicroTime: six decimals, no more and no less. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
