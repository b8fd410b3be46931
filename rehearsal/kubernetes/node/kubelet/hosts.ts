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

/** The first lines of a pod's file: the machine and the pod itself. */
export function ownHosts(pod: { name: string; namespace: string; ip: string; subdomain?: string }): string {
  const { name, namespace, ip, subdomain } = pod;
  const names = subdomain === undefined ? [name] : [`${name}.${subdomain}.${namespace}.svc.cluster.local`, name];
  return `127.0.0.1 localhost\n${ip} ${names.join(' ')}\n`;
}

/** The lines that all pods of a namespace have in common. */
export function sharedHosts(
  namespace: string,
  services: readonly NamedService[],
  outside: Readonly<Record<string, string>>,
): string {
  const lines: string[] = [];
  for (const service of services) {
    const names = searchNames(`${service.name}.${service.namespace}`, service.namespace === namespace);
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
  return lines.map((line) => `${line}\n`).join('');
}

/** The forms in which the search path of a pod lets a Service be named. */
function searchNames(qualified: string, sameNamespace: boolean): string[] {
  const short = qualified.slice(0, qualified.lastIndexOf('.'));
  return [`${qualified}.svc.cluster.local`, `${qualified}.svc`, qualified, ...(sameNamespace ? [short] : [])];
}
