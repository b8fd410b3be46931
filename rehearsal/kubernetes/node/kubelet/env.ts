/** The environment of a container, in the order in which kubelet puts it together: Services, envFrom, env. */
import type { KubeObject } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import { isReachable } from '../controllers/service.ts';
import { type Container, type EnvVariable, type KeyReference, type Pod, type ServiceSpec, view } from '../objects.ts';
import { expand } from './expand.ts';
import { fieldValue } from './field-path.ts';

/** Thrown when a ConfigMap, Secret or key is missing; the pod shows it as CreateContainerConfigError. */
export class ConfigError extends Error {}

/** All variables that the pod spec gives a container. */
export function environmentOf(
  cluster: Cluster,
  pod: Pod,
  container: Container,
  place: { podIP: string; hostIP: string },
): Record<string, string> {
  const namespace = pod.metadata.namespace ?? 'default';
  const variables = pod.spec.enableServiceLinks === false ? {} : serviceVariables(cluster.list('Service', namespace));
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const values = configMapRef
      ? keysOf(cluster, 'ConfigMap', namespace, configMapRef)
      : secretRef
        ? keysOf(cluster, 'Secret', namespace, secretRef)
        : {};
    for (const [key, value] of Object.entries(values)) {
      variables[`${prefix}${key}`] = value.toString('utf8');
    }
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(cluster, pod, container, variable, place, variables);
    if (value !== undefined) {
      variables[variable.name] = value;
    }
  }
  return variables;
}

function variableValue(
  cluster: Cluster,
  pod: Pod,
  container: Container,
  { value, valueFrom }: EnvVariable,
  place: { podIP: string; hostIP: string },
  known: Record<string, string>,
): string | undefined {
  const namespace = pod.metadata.namespace ?? 'default';
  if (valueFrom?.fieldRef !== undefined) {
    return fieldValue(pod, valueFrom.fieldRef.fieldPath, place);
  }
  if (valueFrom?.configMapKeyRef !== undefined) {
    return keyValue(cluster, 'ConfigMap', namespace, valueFrom.configMapKeyRef);
  }
  if (valueFrom?.secretKeyRef !== undefined) {
    return keyValue(cluster, 'Secret', namespace, valueFrom.secretKeyRef);
  }
  if (valueFrom?.resourceFieldRef !== undefined) {
    throw new ConfigError(`The rehearsal does not implement resourceFieldRef (container ${container.name}).`);
  }
  return expand(value ?? '', known);
}

/** The entries of a ConfigMap or Secret as bytes. Throws a ConfigError when it is missing and not optional. */
export function keysOf(
  cluster: Cluster,
  kind: 'ConfigMap' | 'Secret',
  namespace: string,
  reference: { name?: string; optional?: boolean },
): Record<string, Buffer> {
  const object = cluster.get(kind, namespace, reference.name ?? '');
  if (object === undefined) {
    if (reference.optional === true) {
      return {};
    }
    throw new ConfigError(`${kind.toLowerCase()} "${reference.name}" not found`);
  }
  const encoding = kind === 'Secret' ? 'base64' : 'utf8';
  const binary = (object.binaryData ?? {}) as Record<string, string>;
  return Object.fromEntries([
    ...Object.entries(object.data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]),
    ...Object.entries(binary).map(([key, value]) => [key, Buffer.from(value, 'base64')]),
  ]);
}

function keyValue(
  cluster: Cluster,
  kind: 'ConfigMap' | 'Secret',
  namespace: string,
  reference: KeyReference,
): string | undefined {
  const value = keysOf(cluster, kind, namespace, reference)[reference.key];
  if (value === undefined && reference.optional !== true) {
    throw new ConfigError(`couldn't find key ${reference.key} in ${kind} ${namespace}/${reference.name}`);
  }
  return value?.toString('utf8');
}

/**
 * `NAME_SERVICE_HOST` and the Docker link variables for every Service of the namespace (pkg/kubelet/envvars). They
 * collide with variables that images read, such as PGBOUNCER_PORT, so leaving them out would be too kind.
 */
export function serviceVariables(services: readonly KubeObject[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const service of services) {
    const { clusterIP, ports = [] } = view<{ spec: ServiceSpec }>(service).spec;
    const first = ports[0];
    if (clusterIP === undefined || !isReachable(clusterIP) || first === undefined) {
      continue;
    }
    const name = upper(service.metadata.name);
    variables[`${name}_SERVICE_HOST`] = clusterIP;
    variables[`${name}_SERVICE_PORT`] = String(first.port);
    variables[`${name}_PORT`] = `tcp://${clusterIP}:${first.port}`;
    for (const port of ports) {
      if (port.name !== undefined && port.name !== '') {
        variables[`${name}_SERVICE_PORT_${upper(port.name)}`] = String(port.port);
      }
      const prefix = `${name}_PORT_${port.port}_TCP`;
      variables[prefix] = `tcp://${clusterIP}:${port.port}`;
      variables[`${prefix}_PROTO`] = 'tcp';
      variables[`${prefix}_PORT`] = String(port.port);
      variables[`${prefix}_ADDR`] = clusterIP;
    }
  }
  return variables;
}

function upper(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
