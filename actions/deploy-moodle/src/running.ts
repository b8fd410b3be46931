/** Proves that a component runs as it was applied. */
import { TimedOut, UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { targetOf } from '#toolkit/kube/object-name';
import { type RolloutOptions, type Workload, waitForRollout } from '#toolkit/kube/rollout';
import { rolloutStatus } from '#toolkit/kube/rollout-status';
import { leastReplicas } from './autoscaling.ts';
import { addressOf, loadBalancerOf, waitForAddress } from './load-balancer.ts';
import { HEADROOM } from './scale-only.ts';

/**
 * Waits until every workload runs what was applied, and the load balancer has its address. What runs already is seen by
 * one call for all.
 *
 * @returns the address of the load balancer, when the component has one
 * @throws RolloutFailed, TimedOut; UserError when another deployment changed a workload meanwhile
 */
export async function waitUntilRunning(
  objects: readonly KubeObject[],
  options: RolloutOptions,
): Promise<string | undefined> {
  const { kube, log } = options;
  const workloads = workloadsOf(objects);
  const service = loadBalancerOf(objects);
  const live = await kube.getAll(service === undefined ? workloads : [...workloads, service]);
  const waited: KubeObject[] = [];
  for (const workload of workloads) {
    const { kind, metadata } = workload;
    const found = live.find((object) => object.kind === kind && object.metadata.name === metadata.name);
    const least = leastReplicas(objects, metadata.name);
    if (found !== undefined && runs(found, least)) {
      log.info(`${targetOf(found)}: ${rolloutStatus(found).seen}`);
      refuseOtherImages(workload, found);
      continue;
    }
    await waitForRollout({ kind, name: metadata.name }, options, least).catch((error: unknown) =>
      explainAutoscaler(error, least, kube, metadata.name),
    );
    waited.push(workload);
  }
  const after = waited.length === 0 ? [] : await kube.getAll(waited);
  for (const workload of waited) {
    const found = after.find(
      ({ kind, metadata }) => kind === workload.kind && metadata.name === workload.metadata.name,
    );
    if (found !== undefined) refuseOtherImages(workload, found);
  }
  return service && (addressOf(loadBalancerOf(live)) ?? waitForAddress(service.metadata.name, options));
}

/**
 * Whether `waitUntilRunning` would find that everything runs already. Pure.
 *
 * @param live what the cluster has of the objects
 */
export function isSettled(objects: readonly KubeObject[], live: readonly KubeObject[]): boolean {
  const found = (object: KubeObject): KubeObject | undefined =>
    live.find(({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name);
  const service = loadBalancerOf(objects);
  return (
    workloadsOf(objects).every((workload) => {
      const there = found(workload);
      return there !== undefined && runs(there, leastReplicas(objects, workload.metadata.name));
    }) &&
    (service === undefined || addressOf(found(service)) !== undefined)
  );
}

/** Pods that keep room wait for nodes as long as it takes: that is what they are for. */
function workloadsOf(objects: readonly KubeObject[]): (KubeObject & Pick<Workload, 'kind'>)[] {
  return objects.filter(isWorkload).filter(({ metadata }) => metadata.name !== HEADROOM);
}

function runs(live: KubeObject, least: number): boolean {
  const { replicas = 1 } = live.spec as { replicas?: number };
  return rolloutStatus(live).done && replicas >= least;
}

function isWorkload(object: KubeObject): object is KubeObject & Pick<Workload, 'kind'> {
  return object.kind === 'Deployment' || object.kind === 'StatefulSet';
}

/** The images of a workload's containers. */
export function imagesOf({ spec }: KubeObject): string[] {
  const { template } = spec as { template?: { spec?: { containers?: { image?: string }[] } } };
  return (template?.spec?.containers ?? []).map(({ image = '' }) => image);
}

/** Whether two states of a workload run the same images. */
export function sameImages(a: KubeObject, b: KubeObject): boolean {
  return JSON.stringify(imagesOf(a)) === JSON.stringify(imagesOf(b));
}

/** A rollout that ended may be another's: two deployments at once write the same fields, and the last one stays. */
function refuseOtherImages(wanted: KubeObject, live: KubeObject): void {
  if (sameImages(wanted, live)) return;
  throw new UserError(
    `${targetOf(wanted)} runs ${imagesOf(live).join(', ')} and not ${imagesOf(wanted).join(', ')}: another deployment changed it meanwhile. Run this one again, or leave the other's.`,
  );
}

/** When there are too few pods for lack of an autoscaler that works, it may say why. */
async function explainAutoscaler(error: unknown, least: number, kube: Kube, name: string): Promise<never> {
  if (!(error instanceof TimedOut) || least === 0) throw error;
  const scaled = await kube.get({ kind: 'scaledobjects.keda.sh', name });
  const status = (scaled?.status ?? {}) as { conditions?: { type: string; status: string; message?: string }[] };
  const bad = status.conditions?.find((condition) => condition.type === 'Ready' && condition.status === 'False');
  const words = status.conditions === undefined ? 'KEDA has not looked at ScaledObject' : (bad?.message ?? '');
  if (words === '') throw error;
  throw new TimedOut(`${error.message} ScaledObject/${name}: ${words}.`);
}
