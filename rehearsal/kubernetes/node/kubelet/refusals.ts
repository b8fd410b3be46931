/** What a pod may ask for and the nodes do not do. Such a pod is not started: half of what it asks for would be a guess. */
import type { Container, PodSpec } from '../objects.ts';

const podFields = [
  'activeDeadlineSeconds',
  'dnsConfig',
  'ephemeralContainers',
  'hostAliases',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostUsers',
  'readinessGates',
  'resourceClaims',
  'runtimeClassName',
  'setHostnameAsFQDN',
  'shareProcessNamespace',
];
const containerFields = ['volumeDevices', 'resizePolicy', 'stdin', 'tty'];
const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** A sentence naming the first field that is not implemented, or undefined. False and empty values ask for nothing. */
export function refusal(spec: PodSpec): string | undefined {
  const field = podFields.find((name) => asks((spec as unknown as Record<string, unknown>)[name]));
  if (field !== undefined) {
    return sentence(`spec.${field}`);
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    const own = containerRefusal(container);
    if (own !== undefined) {
      return sentence(`${own} of container ${container.name}`);
    }
  }
  return undefined;
}

function containerRefusal(container: Container): string | undefined {
  const field = containerFields.find((name) => asks((container as unknown as Record<string, unknown>)[name]));
  if (field !== undefined) {
    return field;
  }
  if (container.ports?.some((port) => asks((port as { hostPort?: number }).hostPort))) {
    return 'ports[].hostPort';
  }
  return probes.find((name) => container[name]?.grpc !== undefined)?.concat('.grpc');
}

function asks(value: unknown): boolean {
  return value !== undefined && value !== false && value !== 0 && !(Array.isArray(value) && value.length === 0);
}

function sentence(what: string): string {
  return `The rehearsal does not implement ${what}.`;
}
