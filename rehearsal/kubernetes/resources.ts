/**
 * Every resource type that the stand-in serves. What is not in this table does not exist: its path answers 404.
 *
 * `generation` marks the kinds whose registry strategy counts spec changes in `metadata.generation`; `status` those with
 * a status subresource. Both follow the strategies under pkg/registry of kubernetes/kubernetes.
 */

/** One served resource type. */
export interface ResourceType {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  namespaced: boolean;
  generation: boolean;
  status: boolean;
  scale: boolean;
  /** Whether `kubectl get all` shows it. */
  inAll: boolean;
}

function resource(
  groupVersion: string,
  kind: string,
  plural: string,
  options: { short?: string[]; cluster?: true; generation?: true; status?: true; scale?: true; all?: true } = {},
): ResourceType {
  const slash = groupVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : groupVersion.slice(0, slash),
    version: groupVersion.slice(slash + 1),
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: options.short ?? [],
    namespaced: options.cluster !== true,
    generation: options.generation === true,
    status: options.status === true,
    scale: options.scale === true,
    inAll: options.all === true,
  };
}

/** The table, in the order in which discovery lists it. */
export const resourceTypes: readonly ResourceType[] = [
  resource('v1', 'Namespace', 'namespaces', { short: ['ns'], cluster: true, status: true }),
  resource('v1', 'Node', 'nodes', { short: ['no'], cluster: true, status: true }),
  resource('v1', 'PersistentVolume', 'persistentvolumes', { short: ['pv'], cluster: true, status: true }),
  resource('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', { short: ['pvc'], status: true }),
  resource('v1', 'Pod', 'pods', { short: ['po'], status: true, all: true }),
  resource('v1', 'Service', 'services', { short: ['svc'], status: true, all: true }),
  resource('v1', 'ConfigMap', 'configmaps', { short: ['cm'] }),
  resource('v1', 'Secret', 'secrets'),
  resource('v1', 'ServiceAccount', 'serviceaccounts', { short: ['sa'] }),
  resource('v1', 'Event', 'events', { short: ['ev'] }),
  resource('apps/v1', 'Deployment', 'deployments', {
    short: ['deploy'],
    generation: true,
    status: true,
    scale: true,
    all: true,
  }),
  resource('apps/v1', 'StatefulSet', 'statefulsets', {
    short: ['sts'],
    generation: true,
    status: true,
    scale: true,
    all: true,
  }),
  resource('apps/v1', 'ReplicaSet', 'replicasets', {
    short: ['rs'],
    generation: true,
    status: true,
    scale: true,
    all: true,
  }),
  resource('apps/v1', 'ControllerRevision', 'controllerrevisions'),
  resource('batch/v1', 'Job', 'jobs', { generation: true, status: true, all: true }),
  resource('batch/v1', 'CronJob', 'cronjobs', { short: ['cj'], generation: true, status: true, all: true }),
  resource('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    short: ['hpa'],
    status: true,
    all: true,
  }),
  resource('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', {
    short: ['pdb'],
    generation: true,
    status: true,
  }),
  resource('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', { short: ['netpol'], generation: true }),
  resource('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', { generation: true }),
  resource('coordination.k8s.io/v1', 'Lease', 'leases'),
  resource('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  resource('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
  resource('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', {
    short: ['pc'],
    cluster: true,
    generation: true,
  }),
  resource('storage.k8s.io/v1', 'StorageClass', 'storageclasses', { short: ['sc'], cluster: true }),
  resource('secrets-store.csi.x-k8s.io/v1', 'SecretProviderClass', 'secretproviderclasses', {
    generation: true,
    status: true,
  }),
  resource('keda.sh/v1alpha1', 'ScaledObject', 'scaledobjects', { short: ['so'], generation: true, status: true }),
  resource('keda.sh/v1alpha1', 'TriggerAuthentication', 'triggerauthentications', {
    short: ['ta', 'triggerauth'],
    generation: true,
    status: true,
  }),
  resource('azmonitoring.coreos.com/v1', 'PodMonitor', 'podmonitors', { short: ['pmon'], generation: true }),
];

/** Groups that add-ons bring as custom resources. */
const customGroups = new Set(['secrets-store.csi.x-k8s.io', 'keda.sh', 'azmonitoring.coreos.com']);

/** Whether the type is a custom resource. */
export function isCustom({ group }: ResourceType): boolean {
  return customGroups.has(group);
}

const byKind = new Map(resourceTypes.map((type) => [type.kind, type]));

/** `apps/v1` or `v1`, as objects carry it. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** The type of a kind; throws for a kind that is not served, since only a programming error asks for one. */
export function resourceOfKind(kind: string): ResourceType {
  const type = byKind.get(kind);
  if (type === undefined) {
    throw new Error(`The Kubernetes stand-in serves no kind "${kind}".`);
  }
  return type;
}

/** The type behind a URL's group, version and plural, or undefined. */
export function findResource(group: string, version: string, plural: string): ResourceType | undefined {
  return resourceTypes.find((type) => type.group === group && type.version === version && type.plural === plural);
}

/** `deployments.apps` or `pods`: how error messages name a resource type. */
export function qualifiedName(type: ResourceType): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}
