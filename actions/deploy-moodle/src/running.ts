/** Proves that a component runs as it was applied. */
import type { KubeObject } from '#toolkit/kube/kube';
import { targetOf } from '#toolkit/kube/object-name';
import { type RolloutOptions, type Workload, waitForRollout } from '#toolkit/kube/rollout';
import { rolloutStatus } from '#toolkit/kube/rollout-status';
import { addressOf, loadBalancerOf, waitForAddress } from './load-balancer.ts';

/**
 * Waits until every workload runs what was applied, and the load balancer has its address. What runs already is seen by
 * one call for all.
 *
 * @returns the address of the load balancer, when the component has one
 */
export async function waitUntilRunning(
  objects: readonly KubeObject[],
  options: RolloutOptions,
): Promise<string | undefined> {
  const { kube, log } = options;
  const workloads = objects.filter(isWorkload);
  const service = loadBalancerOf(objects);
  const live = await kube.getAll(service === undefined ? workloads : [...workloads, service]);
  for (const { kind, metadata } of workloads) {
    const found = live.find((object) => object.kind === kind && object.metadata.name === metadata.name);
    const status = found === undefined ? undefined : rolloutStatus(found);
    if (found !== undefined && status?.done) log.info(`${targetOf(found)}: ${status.seen}`);
    else await waitForRollout({ kind, name: metadata.name }, options);
  }
  return service && (addressOf(loadBalancerOf(live)) ?? waitForAddress(service.metadata.name, options));
}

function isWorkload(object: KubeObject): object is KubeObject & Pick<Workload, 'kind'> {
  return object.kind === 'Deployment' || object.kind === 'StatefulSet';
}
