/** Defaults of pod specs, after pkg/apis/core/v1/defaults.go and, for pods themselves, the default admission plugins. */
import { copyJson } from './json.ts';
import { isMap } from './typed/schema.ts';

type Fields = Record<string, unknown>;

/** The objects in a list-valued field. */
export function objectsIn(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

/** Sets each field that is absent. */
export function setAbsent(target: Fields, defaults: Fields): void {
  for (const [key, value] of Object.entries(defaults)) {
    target[key] ??= copyJson(value);
  }
}

/** The object in a field, or undefined. */
export function objectIn(parent: unknown, key: string): Fields | undefined {
  const value = isMap(parent) ? parent[key] : undefined;
  return isMap(value) ? value : undefined;
}

/** Defaults of the spec of a pod template. */
export function defaultPodSpec(spec: Fields): void {
  setAbsent(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  if (spec.serviceAccountName !== undefined) {
    spec.serviceAccount = spec.serviceAccountName;
  }
  for (const container of [...objectsIn(spec.initContainers), ...objectsIn(spec.containers)]) {
    defaultContainer(container);
  }
  for (const volume of objectsIn(spec.volumes)) {
    defaultVolume(volume);
  }
}

/** Defaults of a pod: those of its spec, and what admission adds (service account, priority, tolerations). */
export function defaultPod(spec: Fields): void {
  spec.serviceAccountName ??= 'default';
  defaultPodSpec(spec);
  setAbsent(spec, { enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority', priority: 0 });
  const tolerations = objectsIn(spec.tolerations);
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    if (!tolerations.some((toleration) => toleration.key === key)) {
      tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
    }
  }
  spec.tolerations = tolerations;
  for (const container of [...objectsIn(spec.initContainers), ...objectsIn(spec.containers)]) {
    const resources = objectIn(container, 'resources');
    const limits = objectIn(resources, 'limits');
    if (resources !== undefined && limits !== undefined) {
      resources.requests = { ...limits, ...objectIn(resources, 'requests') };
    }
  }
}

function defaultContainer(container: Fields): void {
  const image = String(container.image ?? '');
  const tag = /:([^/@:]+)$/.exec(image.replace(/@.*$/, ''))?.[1] ?? 'latest';
  const pinned = image.includes('@') || tag !== 'latest';
  setAbsent(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pinned ? 'IfNotPresent' : 'Always',
  });
  for (const port of objectsIn(container.ports)) {
    port.protocol ??= 'TCP';
  }
  for (const variable of objectsIn(container.env)) {
    defaultFieldRef(objectIn(variable, 'valueFrom'));
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = objectIn(container, name);
    if (probe !== undefined) {
      setAbsent(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
      defaultHandler(probe);
    }
  }
  for (const hook of ['postStart', 'preStop']) {
    defaultHandler(objectIn(objectIn(container, 'lifecycle'), hook));
  }
}

function defaultHandler(handler: Fields | undefined): void {
  const httpGet = objectIn(handler, 'httpGet');
  if (httpGet !== undefined) {
    setAbsent(httpGet, { path: '/', scheme: 'HTTP' });
  }
  const grpc = objectIn(handler, 'grpc');
  if (grpc !== undefined) {
    grpc.service ??= '';
  }
}

function defaultFieldRef(source: Fields | undefined): void {
  const fieldRef = objectIn(source, 'fieldRef');
  if (fieldRef !== undefined) {
    fieldRef.apiVersion ??= 'v1';
  }
}

function defaultVolume(volume: Fields): void {
  if (Object.keys(volume).every((key) => key === 'name')) {
    volume.emptyDir = {};
  }
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const fields = objectIn(volume, source);
    if (fields !== undefined) {
      fields.defaultMode ??= 0o644;
    }
  }
  for (const item of objectsIn(objectIn(volume, 'downwardAPI')?.items)) {
    defaultFieldRef(item);
  }
  for (const source of objectsIn(objectIn(volume, 'projected')?.sources)) {
    const token = objectIn(source, 'serviceAccountToken');
    if (token !== undefined) {
      token.expirationSeconds ??= 3600;
    }
    for (const item of objectsIn(objectIn(source, 'downwardAPI')?.items)) {
      defaultFieldRef(item);
    }
  }
  const hostPath = objectIn(volume, 'hostPath');
  if (hostPath !== undefined) {
    hostPath.type ??= '';
  }
  const claim = objectIn(objectIn(objectIn(volume, 'ephemeral'), 'volumeClaimTemplate'), 'spec');
  if (claim !== undefined) {
    claim.volumeMode ??= 'Filesystem';
  }
}

/** The quality of service class that a pod's requests and limits give it. */
export function qosClass(spec: Fields): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const resources = [...objectsIn(spec.initContainers), ...objectsIn(spec.containers)].map((container) => ({
    requests: objectIn(objectIn(container, 'resources'), 'requests') ?? {},
    limits: objectIn(objectIn(container, 'resources'), 'limits') ?? {},
  }));
  const names = ['cpu', 'memory'];
  if (
    resources.every(({ requests, limits }) =>
      names.every((name) => requests[name] === undefined && limits[name] === undefined),
    )
  ) {
    return 'BestEffort';
  }
  const exact = resources.every(({ requests, limits }) =>
    names.every((name) => limits[name] !== undefined && requests[name] === limits[name]),
  );
  return exact ? 'Guaranteed' : 'Burstable';
}
