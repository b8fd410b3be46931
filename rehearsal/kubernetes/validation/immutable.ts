/** Fields that can't change once an object exists, with the words of each kind's ValidateUpdate. */

import type { StatusCause } from '../api-error.ts';
import { sameJson } from '../json.ts';
import { objectsIn } from '../pod-defaults.ts';
import type { KubeObject } from '../ports.ts';
import { isMap } from '../typed/schema.ts';
import { forbiddenField, invalidValue } from './causes.ts';

type Fields = Record<string, unknown>;

const statefulSetChangeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

const podRule =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function at(object: KubeObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), object);
}

function frozen(
  live: KubeObject,
  next: KubeObject,
  paths: readonly string[],
  detail = 'field is immutable',
): StatusCause[] {
  return paths
    .filter((path) => !sameJson(at(live, path), at(next, path)))
    .map((path) => invalidValue(path, at(next, path), detail));
}

function without(spec: unknown, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(isMap(spec) ? spec : {}).filter(([key]) => !keys.includes(key)));
}

/** What of an update is not allowed. */
export function checkImmutable(live: KubeObject, next: KubeObject): StatusCause[] {
  switch (next.kind) {
    case 'Deployment':
    case 'ReplicaSet':
      return frozen(live, next, ['spec.selector']);
    case 'StatefulSet': {
      const same = sameJson(without(live.spec, statefulSetChangeable), without(next.spec, statefulSetChangeable));
      const names = statefulSetChangeable.map((name) => `'${name}'`);
      const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
      return same
        ? []
        : [forbiddenField('spec', `updates to statefulset spec for fields other than ${list} are forbidden`)];
    }
    case 'Job':
      return frozen(live, next, [
        'spec.completions',
        'spec.selector',
        'spec.template',
        'spec.completionMode',
        'spec.podFailurePolicy',
      ]);
    case 'Pod':
      return sameJson(podShape(live), podShape(next)) ? [] : [forbiddenField('spec', podRule)];
    case 'Service':
      return at(live, 'spec.type') === 'ExternalName' || at(next, 'spec.type') === 'ExternalName'
        ? []
        : frozen(live, next, ['spec.clusterIP'], 'may not change once set');
    case 'PersistentVolumeClaim': {
      const rule =
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
      const keys = ['resources', 'volumeAttributesClassName', 'volumeName'];
      return sameJson(without(live.spec, keys), without(next.spec, keys)) ? [] : [forbiddenField('spec', rule)];
    }
    case 'PersistentVolume': {
      const general = ['capacity', 'accessModes', 'claimRef', 'persistentVolumeReclaimPolicy', 'storageClassName'];
      const keys = [...general, 'mountOptions', 'volumeMode', 'nodeAffinity', 'volumeAttributesClassName'];
      const rule = 'spec.persistentvolumesource is immutable after creation';
      return sameJson(without(live.spec, keys), without(next.spec, keys))
        ? []
        : [forbiddenField('spec.persistentvolumesource', rule)];
    }
    case 'Secret':
      return [...frozen(live, next, ['type']), ...sealed(live, next)];
    case 'ConfigMap':
      return sealed(live, next);
    case 'StorageClass':
      return [
        ...(sameJson(live.parameters, next.parameters)
          ? []
          : [forbiddenField('parameters', 'updates to parameters are forbidden.')]),
        ...(live.provisioner === next.provisioner
          ? []
          : [forbiddenField('provisioner', 'updates to provisioner are forbidden.')]),
        ...frozen(live, next, ['reclaimPolicy', 'volumeBindingMode']),
      ];
    case 'PriorityClass':
      return live.value === next.value ? [] : [forbiddenField('value', 'may not be changed in an update.')];
    case 'RoleBinding':
      return frozen(live, next, ['roleRef'], 'cannot change roleRef');
    default:
      return [];
  }
}

function sealed(live: KubeObject, next: KubeObject): StatusCause[] {
  const changed = ['data', 'binaryData'].filter((key) => !sameJson(live[key], next[key]));
  return live.immutable === true
    ? changed.map((key) => forbiddenField(key, 'field is immutable when `immutable` is set'))
    : [];
}

/** A pod's spec without the little that may change. */
function podShape(pod: KubeObject): Fields {
  const spec = without(pod.spec, ['activeDeadlineSeconds', 'tolerations', 'nodeName']);
  const anyImage = (value: unknown) => objectsIn(value).map((container) => ({ ...container, image: '' }));
  return { ...spec, containers: anyImage(spec.containers), initContainers: anyImage(spec.initContainers) };
}
