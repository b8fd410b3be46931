/** Services, volumes, budgets and autoscalers beyond their schema. */
import type { StatusCause } from '../api-error.ts';
import { objectIn, objectsIn } from '../pod-defaults.ts';
import { forbiddenField, invalidValue, required } from './causes.ts';
import { checkLabelName, checkPort } from './names.ts';

type Fields = Record<string, unknown>;

/** A Service. */
export function checkService(spec: Fields): StatusCause[] {
  const ports = objectsIn(spec.ports);
  const headless = spec.clusterIP === 'None';
  const causes = ports.length === 0 && !headless && spec.type !== 'ExternalName' ? [required('spec.ports')] : [];
  if (headless && spec.type === 'LoadBalancer') {
    causes.push(invalidValue('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services"));
  }
  for (const [index, port] of ports.entries()) {
    causes.push(...checkPort(`spec.ports[${index}].port`, port.port));
    if (ports.length > 1 || port.name !== undefined) {
      causes.push(...checkLabelName(`spec.ports[${index}].name`, port.name));
    }
  }
  return causes;
}

/** A PodDisruptionBudget. */
export function checkDisruptionBudget(spec: Fields): StatusCause[] {
  return spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
    ? [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
    : [];
}

/** A HorizontalPodAutoscaler. */
export function checkAutoscaler(spec: Fields): StatusCause[] {
  return Number(spec.maxReplicas) < Number(spec.minReplicas)
    ? [invalidValue('spec.maxReplicas', spec.maxReplicas, 'must be greater than or equal to `minReplicas`')]
    : [];
}

/** A PersistentVolumeClaim. */
export function checkClaim(spec: Fields): StatusCause[] {
  const modes = Array.isArray(spec.accessModes) ? spec.accessModes : [];
  const storage = objectIn(objectIn(spec, 'resources'), 'requests')?.storage;
  return [
    ...(modes.length === 0 ? [required('spec.accessModes', 'at least 1 access mode is required')] : []),
    ...(storage === undefined ? [required('spec.resources[storage]')] : []),
  ];
}

const volumeSources = ['csi', 'nfs', 'local', 'hostPath', 'azureFile', 'azureDisk', 'iscsi', 'fc', 'cephfs', 'rbd'];

/** A PersistentVolume. */
export function checkVolume(spec: Fields): StatusCause[] {
  const modes = Array.isArray(spec.accessModes) ? spec.accessModes : [];
  const [source, ...more] = volumeSources.filter((name) => spec[name] !== undefined);
  return [
    ...(modes.length === 0 ? [required('spec.accessModes')] : []),
    ...(objectIn(spec, 'capacity')?.storage === undefined ? [required('spec.capacity')] : []),
    ...(source === undefined ? [required('spec', 'must specify a volume type')] : []),
    ...more.map((name) => forbiddenField(`spec.${name}`, 'may not specify more than 1 volume type')),
  ];
}
