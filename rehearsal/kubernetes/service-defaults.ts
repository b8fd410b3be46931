/** Defaults of a Service, and the addresses and node ports that the API server allots to it. */
import { createHash } from 'node:crypto';
import { objectsIn, setAbsent } from './pod-defaults.ts';
import type { KubeObject } from './ports.ts';

/**
 * Fills in a Service. Addresses (10.0.0.0/16, as AKS has it by default) and node ports are a hash of the Service's name
 * where a real server takes a free one at random: so a dry run shows what the write will give.
 */
export function defaultService(service: KubeObject): void {
  const spec: Record<string, unknown> = service.spec ?? {};
  setAbsent(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10800 } };
  }
  const identity = `${service.metadata.namespace}/${service.metadata.name}`;
  for (const port of objectsIn(spec.ports)) {
    port.protocol ??= 'TCP';
    port.targetPort ??= port.port;
  }
  if (spec.type === 'ExternalName') {
    return;
  }
  const address = hash(identity, 65_000) + 256;
  setAbsent(spec, { clusterIP: `10.0.${address >> 8}.${address & 255}`, internalTrafficPolicy: 'Cluster' });
  setAbsent(spec, { clusterIPs: [spec.clusterIP], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  if (spec.type === 'ClusterIP') {
    return;
  }
  spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
  }
  if (spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts === true) {
    for (const port of objectsIn(spec.ports)) {
      port.nodePort ??= 30_000 + hash(`${identity}/${port.protocol}/${port.port}`, 2768);
    }
  }
  if (spec.externalTrafficPolicy === 'Local') {
    spec.healthCheckNodePort ??= 30_000 + hash(`${identity}/health`, 2768);
  }
}

function hash(text: string, range: number): number {
  return createHash('sha256').update(text).digest().readUInt32BE() % range;
}
