/**
 * The `/etc/hosts` of a pod, which stands for the cluster's DNS: every Service under its short and long names, the pods
 * of headless Services under their own, the names outside the cluster, and the pod itself. As with CoreDNS, a pod that
 * is not ready has no record unless its Service publishes it.
 */
import type { KubeObject } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import { type Endpoint, endpointsOf, isReachable } from '../controllers/service.ts';
import { type ServiceSpec, view } from '../objects.ts';

/** A Service with what is behind it. */
export interface NamedService {
  name: string;
  namespace: string;
  clusterIP: string;
  endpoints: readonly Endpoint[];
}

/** Every Service that has names to resolve. */
export function namedServices(cluster: Cluster): NamedService[] {
  return cluster
    .list('Service')
    .map((service: KubeObject) => ({
      name: service.metadata.name,
      namespace: service.metadata.namespace ?? 'default',
      clusterIP: view<{ spec: ServiceSpec }>(service).spec.clusterIP ?? '',
      endpoints: view<{ spec: ServiceSpec }>(service).spec.clusterIP === 'None' ? endpointsOf(cluster, service) : [],
    }))
    .filter(({ clusterIP }) => clusterIP === 'None' || isReachable(clusterIP))
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
}

/** The file for a pod of the given namespace. */
export function hostsFile(
  pod: { name: string; namespace: string; ip: string; subdomain?: string },
  services: readonly NamedService[],
  outside: Readonly<Record<string, string>>,
): string {
  const own =
    pod.subdomain === undefined
      ? [pod.name]
      : [`${pod.name}.${pod.subdomain}.${pod.namespace}.svc.cluster.local`, pod.name];
  const lines = ['127.0.0.1 localhost', `${pod.ip} ${own.join(' ')}`];
  for (const service of services) {
    const names = searchNames(`${service.name}.${service.namespace}`, service.namespace === pod.namespace);
    if (service.clusterIP !== 'None') {
      lines.push(`${service.clusterIP} ${names.join(' ')}`);
      continue;
    }
    for (const endpoint of service.endpoints.filter((candidate) => candidate.ready)) {
      const pods = endpoint.hostname === undefined ? [] : names.map((name) => `${endpoint.hostname}.${name}`);
      lines.push(`${endpoint.ip} ${[...pods, ...names].join(' ')}`);
    }
  }
  lines.push(...Object.entries(outside).map(([name, ip]) => `${ip} ${name}`));
  return `${lines.join('\n')}\n`;
}

/** The forms in which the search path of a pod lets a Service be named. */
function searchNames(qualified: string, sameNamespace: boolean): string[] {
  const short = qualified.slice(0, qualified.lastIndexOf('.'));
  return [`${qualified}.svc.cluster.local`, `${qualified}.svc`, qualified, ...(sameNamespace ? [short] : [])];
}
