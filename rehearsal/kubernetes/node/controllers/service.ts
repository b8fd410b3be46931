/**
 * Services: a cluster address from the loopback range, an EndpointSlice with the pods behind it, and for type
 * LoadBalancer the address that the platform outside answers.
 */
import type { KubeObject, Outside } from '../../ports.ts';
import type { Addresses } from '../addresses.ts';
import { type Cluster, controlledBy } from '../cluster.ts';
import { hasEnded, isLeaving, isReady, type Pod, podOf, type ServiceSpec, selects, view } from '../objects.ts';

const manager = 'service-controller';

/** One pod behind a Service. */
export interface Endpoint {
  pod: string;
  ip: string;
  ready: boolean;
  /** The pod's hostname when it has a name of its own under this (headless) Service. */
  hostname?: string;
}

/**
 * Whether a cluster address is one that this machine can listen on. The API server allots one of the range that AKS
 * has by default, as a real one would; the controller then puts a loopback address in its place.
 */
export function isReachable(clusterIP: string | undefined): boolean {
  return clusterIP?.startsWith('127.') === true;
}

/** How a request to the platform stands. */
interface Request {
  service: KubeObject;
  /** What was asked for; another wish is asked for anew. */
  wish: string;
  state: 'asking' | 'done' | 'failed';
  since: number;
}

const retryMilliseconds = 5000;

/** The controller, which remembers what it has asked the platform for. */
export function serviceController(addresses: Addresses, outside: Outside, log: (line: string) => void) {
  const requests = new Map<string, Request>();

  const ask = (cluster: Cluster, service: KubeObject): void => {
    const wish = JSON.stringify([service.spec, service.metadata.annotations]);
    const now = cluster.clock.now().getTime();
    const known = requests.get(service.metadata.uid);
    const due = known?.state === 'failed' && now - known.since >= retryMilliseconds;
    if (known?.wish === wish && !due) {
      return;
    }
    const request: Request = { service, wish, state: 'asking', since: now };
    requests.set(service.metadata.uid, request);
    const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      cluster.report(service, { type, reason, message }, manager);
    say('Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer');
    outside.loadBalancer(structuredClone(service)).then(
      ({ ip }) => {
        request.state = 'done';
        cluster.setStatus(service, { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } }, manager);
        say('Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
      },
      (error: unknown) => {
        Object.assign(request, { state: 'failed', since: cluster.clock.now().getTime() });
        const message = `Error syncing load balancer: ${error instanceof Error ? error.message : String(error)}`;
        say('Warning', 'SyncLoadBalancerFailed', message);
      },
    );
  };

  return (cluster: Cluster): number | undefined => {
    const live = new Set<string>();
    for (const service of cluster.list('Service')) {
      const spec = view<{ spec: ServiceSpec }>(service).spec;
      if (spec.clusterIP !== 'None' && !isReachable(spec.clusterIP)) {
        giveAddress(cluster, service, addresses.allocate('service', service.metadata.uid));
        continue;
      }
      writeSlice(cluster, service, spec);
      if (spec.type === 'LoadBalancer') {
        live.add(service.metadata.uid);
        ask(cluster, service);
      }
    }
    for (const [uid, { service }] of requests) {
      if (!live.has(uid)) {
        requests.delete(uid);
        outside
          .loadBalancerGone(service)
          .catch((error: unknown) => log(`Load balancer of ${service.metadata.name}: ${String(error)}`));
      }
    }
    return [...requests.values()].some(({ state }) => state !== 'done') ? 500 : undefined;
  };
}

function giveAddress(cluster: Cluster, service: KubeObject, ip: string): void {
  cluster.change(
    service,
    (draft) => {
      draft.spec = { ...draft.spec, clusterIP: ip, clusterIPs: [ip] };
    },
    manager,
  );
}

/** The pods that a Service selects and that have an address. */
export function endpointsOf(cluster: Cluster, service: KubeObject): Endpoint[] {
  const spec = view<{ spec: ServiceSpec }>(service).spec;
  if (spec.selector === undefined) {
    return [];
  }
  const selector = { matchLabels: spec.selector };
  return cluster
    .list('Pod', service.metadata.namespace)
    .map(podOf)
    .filter((pod) => selects(selector, pod.metadata.labels) && !hasEnded(pod) && pod.status.podIP !== undefined)
    .map((pod) => ({
      pod: pod.metadata.name,
      ip: pod.status.podIP ?? '',
      ready: spec.publishNotReadyAddresses === true || (isReady(pod) && !isLeaving(pod)),
      ...hostnameUnder(pod, service.metadata.name),
    }))
    .sort((a, b) => (a.pod < b.pod ? -1 : 1));
}

function hostnameUnder(pod: Pod, service: string): { hostname?: string } {
  return pod.spec.subdomain === service && pod.spec.hostname !== undefined ? { hostname: pod.spec.hostname } : {};
}

/** The port of a pod that a Service port leads to, or undefined when the pod has no port of that name. */
export function targetPort(pod: Pod, port: { port: number; targetPort?: number | string }): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') {
    return target;
  }
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find((candidate) => candidate.name === target)?.containerPort;
}

function writeSlice(cluster: Cluster, service: KubeObject, spec: ServiceSpec): void {
  const { name, namespace } = service.metadata;
  const sliceName = `${name}-rehearsal`;
  const endpoints = endpointsOf(cluster, service);
  const pods = endpoints.map(({ pod }) => cluster.get('Pod', namespace, pod)).filter((pod) => pod !== undefined);
  const first = pods[0] === undefined ? undefined : podOf(pods[0]);
  const content = {
    addressType: 'IPv4',
    endpoints: endpoints.map((endpoint) => ({
      addresses: [endpoint.ip],
      conditions: { ready: endpoint.ready, serving: endpoint.ready, terminating: false },
      ...(endpoint.hostname === undefined ? {} : { hostname: endpoint.hostname }),
      targetRef: { kind: 'Pod', name: endpoint.pod, namespace: namespace ?? '' },
    })),
    ports: (spec.ports ?? []).map((port) => ({
      name: port.name ?? '',
      protocol: port.protocol ?? 'TCP',
      port: (first === undefined ? undefined : targetPort(first, port)) ?? port.port,
    })),
  };
  const slice = cluster.get('EndpointSlice', namespace, sliceName);
  if (slice === undefined) {
    const labels = { 'kubernetes.io/service-name': name };
    const owners = { labels, ownerReferences: [controlledBy(service)] };
    const metadata = { name: sliceName, ...(namespace === undefined ? {} : { namespace }), ...owners };
    cluster.create({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, ...content }, manager);
  } else if (JSON.stringify([slice.endpoints, slice.ports]) !== JSON.stringify([content.endpoints, content.ports])) {
    cluster.change(slice, (draft) => Object.assign(draft, content), manager);
  }
}
