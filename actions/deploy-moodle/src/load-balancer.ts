/** The internal load balancer and its Private Link Service, which AKS makes from the annotations of a Service. */
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import type { Log } from '#toolkit/log';
import type { Clock } from '#toolkit/process/clock';
import { waitFor } from '#toolkit/process/progress';

const PRIVATE_LINK_NAME = 'service.beta.kubernetes.io/azure-pls-name';

/** The Service of type LoadBalancer among the objects. */
export function loadBalancerOf(objects: readonly KubeObject[]): KubeObject | undefined {
  return objects.find(
    (object) => object.kind === 'Service' && (object.spec as { type?: string }).type === 'LoadBalancer',
  );
}

/** The name that the annotations give to the Private Link Service. */
export function privateLinkServiceName(service: KubeObject | undefined): string | undefined {
  return service?.metadata.annotations?.[PRIVATE_LINK_NAME];
}

/** The address of the load balancer, once there is one. */
export function addressOf(service: KubeObject | undefined): string | undefined {
  const status = service?.status as { loadBalancer?: { ingress?: { ip?: string }[] } } | undefined;
  return status?.loadBalancer?.ingress?.[0]?.ip;
}

/**
 * Waits for the address. AKS sets it after the Private Link Service is made, so that an address proves both; when either
 * fails, only the Service's events say so.
 *
 * @throws TimedOut with the last warning about the Service
 */
export async function waitForAddress(
  name: string,
  options: { kube: Kube; log: Log; clock: Clock; signal: AbortSignal; timeoutMilliseconds: number },
): Promise<string> {
  const { kube, clock, log, signal, timeoutMilliseconds } = options;
  const look = async (): Promise<{ done: string } | { seen: string }> => {
    const address = addressOf(await kube.get({ kind: 'Service', name }));
    if (address !== undefined) return { done: address };
    const events = await kube.events({ kind: 'Service', name });
    const warning = events.filter(({ type }) => type === 'Warning').at(-1);
    return { seen: warning === undefined ? 'no address yet' : `${warning.reason}: ${warning.message.trim()}` };
  };
  const what = `the load balancer of Service/${name} and its Private Link Service`;
  return waitFor({ what, clock, log, signal, timeoutMilliseconds, intervalMilliseconds: 2000, look });
}
