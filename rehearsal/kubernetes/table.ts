/** Tables (meta.k8s.io/v1 Table) for people who run `kubectl get`, with the columns of the real printers. */
import type { ApiRequest } from './http.ts';
import { objectIn, objectsIn } from './pod-defaults.ts';
import type { KubeObject } from './ports.ts';
import type { ResourceType } from './resources.ts';

type Cell = string | number;
type Column = [name: string, cell: (object: KubeObject, now: string) => Cell, wide?: 'wide'];

const count = (object: KubeObject, part: 'spec' | 'status', key: string): number => Number(object[part]?.[key] ?? 0);
const text = (object: KubeObject, part: 'spec' | 'status', key: string, absent = '<none>'): string =>
  String(object[part]?.[key] ?? absent);

/** Time passed, as duration.HumanDuration prints it. */
export function age(from: string, now: string): string {
  const seconds = Math.max(0, Math.floor((Date.parse(now) - Date.parse(from)) / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86400)];
  const part = (amount: number, unit: string) => (amount > 0 ? `${amount}${unit}` : '');
  if (seconds < 120) {
    return `${seconds}s`;
  }
  if (minutes < 10) {
    return `${minutes}m${part(seconds % 60, 's')}`;
  }
  if (hours < 3) {
    return `${minutes}m`;
  }
  if (hours < 8) {
    return `${hours}h${part(minutes % 60, 'm')}`;
  }
  return hours < 48 ? `${hours}h` : `${days}d`;
}

const nameColumn: Column = ['Name', (object) => object.metadata.name];
const ageColumn: Column = ['Age', (object, now) => age(object.metadata.creationTimestamp, now)];
const readyOf = (object: KubeObject) =>
  `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`;

function podStatus(pod: KubeObject): string {
  for (const status of objectsIn(pod.status?.containerStatuses)) {
    const state = objectIn(status, 'state');
    const reason = objectIn(state, 'waiting')?.reason ?? objectIn(state, 'terminated')?.reason;
    if (typeof reason === 'string' && pod.metadata.deletionTimestamp === undefined) {
      return reason;
    }
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    return 'Terminating';
  }
  const phase = text(pod, 'status', 'phase', 'Unknown');
  return phase === 'Succeeded' ? 'Completed' : phase;
}

function jobStatus(job: KubeObject): string {
  const met = objectsIn(job.status?.conditions).filter(({ status }) => status === 'True');
  const has = (type: string) => met.some((condition) => condition.type === type);
  if (has('Complete')) {
    return 'Complete';
  }
  return has('Failed') ? 'Failed' : has('Suspended') ? 'Suspended' : 'Running';
}

function jobDuration(job: KubeObject, now: string): string {
  const started = job.status?.startTime;
  return typeof started === 'string' ? age(started, String(job.status?.completionTime ?? now)) : '';
}

function servicePorts(service: KubeObject): string {
  const ports = objectsIn(service.spec?.ports).map(({ port, nodePort, protocol }) =>
    nodePort === undefined ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`,
  );
  return ports.length > 0 ? ports.join(',') : '<none>';
}

function externalAddress(service: KubeObject): string {
  if (service.spec?.type !== 'LoadBalancer') {
    return '<none>';
  }
  const ingress = objectsIn(objectIn(service.status, 'loadBalancer')?.ingress);
  return ingress.length > 0 ? ingress.map(({ ip }) => String(ip)).join(',') : '<pending>';
}

const columns: Record<string, readonly Column[]> = {
  Namespace: [nameColumn, ['Status', (object) => text(object, 'status', 'phase')], ageColumn],
  Pod: [
    nameColumn,
    [
      'Ready',
      (pod) => {
        const ready = objectsIn(pod.status?.containerStatuses).filter((status) => status.ready === true);
        return `${ready.length}/${objectsIn(pod.spec?.containers).length}`;
      },
    ],
    ['Status', podStatus],
    [
      'Restarts',
      (pod) =>
        objectsIn(pod.status?.containerStatuses).reduce((sum, status) => sum + Number(status.restartCount ?? 0), 0),
    ],
    ageColumn,
    ['IP', (pod) => text(pod, 'status', 'podIP'), 'wide'],
    ['Node', (pod) => text(pod, 'spec', 'nodeName'), 'wide'],
  ],
  Deployment: [
    nameColumn,
    ['Ready', readyOf],
    ['Up-to-date', (object) => count(object, 'status', 'updatedReplicas')],
    ['Available', (object) => count(object, 'status', 'availableReplicas')],
    ageColumn,
  ],
  StatefulSet: [nameColumn, ['Ready', readyOf], ageColumn],
  ReplicaSet: [
    nameColumn,
    ['Desired', (object) => count(object, 'spec', 'replicas')],
    ['Current', (object) => count(object, 'status', 'replicas')],
    ['Ready', (object) => count(object, 'status', 'readyReplicas')],
    ageColumn,
  ],
  Job: [
    nameColumn,
    ['Status', jobStatus],
    ['Completions', (job) => `${count(job, 'status', 'succeeded')}/${count(job, 'spec', 'completions') || 1}`],
    ['Duration', jobDuration],
    ageColumn,
  ],
  CronJob: [
    nameColumn,
    ['Schedule', (object) => text(object, 'spec', 'schedule')],
    ['Suspend', (object) => (object.spec?.suspend === true ? 'True' : 'False')],
    ['Active', (object) => objectsIn(object.status?.active).length],
    ageColumn,
  ],
  Service: [
    nameColumn,
    ['Type', (service) => text(service, 'spec', 'type')],
    ['Cluster-IP', (service) => text(service, 'spec', 'clusterIP')],
    ['External-IP', externalAddress],
    ['Port(s)', servicePorts],
    ageColumn,
  ],
  PersistentVolumeClaim: [
    nameColumn,
    ['Status', (claim) => text(claim, 'status', 'phase')],
    ['Volume', (claim) => text(claim, 'spec', 'volumeName', '')],
    ['Capacity', (claim) => String(objectIn(claim.status, 'capacity')?.storage ?? '')],
    ['StorageClass', (claim) => text(claim, 'spec', 'storageClassName', '')],
    ageColumn,
  ],
  ConfigMap: [nameColumn, ['Data', (object) => Object.keys(object.data ?? {}).length], ageColumn],
  Secret: [
    nameColumn,
    ['Type', (object) => String(object.type)],
    ['Data', (object) => Object.keys(object.data ?? {}).length],
    ageColumn,
  ],
};

/** Whether the client would rather have a table. */
export function wantsTable(request: ApiRequest): boolean {
  return String(request.headers.accept ?? '').startsWith('application/json;as=Table');
}

/** The table of some objects of one type. */
export function tableOf(type: ResourceType, objects: readonly KubeObject[], now: string): Record<string, unknown> {
  const shown = columns[type.kind] ?? [nameColumn, ageColumn];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: shown.map(([name, , wide]) => ({
      name,
      type: 'string',
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority: wide === undefined ? 0 : 1,
    })),
    rows: objects.map((object) => ({
      cells: shown.map(([, cell]) => cell(object, now)),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}
