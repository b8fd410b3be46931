/**
 * Sets what a real API server sets when a manifest leaves it out, so that applying again changes nothing and a diff shows
 * only what the manifest says. After the defaults.go files under pkg/apis of kubernetes/kubernetes, for the served kinds.
 */
import { copyJson, sameJson } from './json.ts';
import { defaultPod, defaultPodSpec, objectIn, objectsIn, qosClass, setAbsent } from './pod-defaults.ts';
import type { Json, KubeObject } from './ports.ts';
import { canonicalizeQuantities } from './quantity.ts';
import { defaultService } from './service-defaults.ts';
import { typeOfKind } from './typed/schema.ts';

type Fields = Record<string, unknown>;
type Defaulter = (spec: Fields, object: KubeObject) => void;

const rbacGroup = 'rbac.authorization.k8s.io';

const defaulters: Record<string, Defaulter> = {
  Namespace: (spec, object) => {
    setAbsent(spec, { finalizers: ['kubernetes'] });
    object.spec = spec as NonNullable<KubeObject['spec']>;
    object.status ??= { phase: 'Active' };
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  },
  PersistentVolume: (spec, object) => {
    setAbsent(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    object.status ??= { phase: 'Pending' };
  },
  PersistentVolumeClaim: (spec, object) => {
    spec.volumeMode ??= 'Filesystem';
    object.status ??= { phase: 'Pending' };
  },
  Pod: (spec, object) => {
    defaultPod(spec);
    object.status ??= { phase: 'Pending', qosClass: qosClass(spec) };
  },
  Service: (_spec, object) => {
    defaultService(object);
    object.status ??= { loadBalancer: {} };
  },
  Secret: (_spec, object) => {
    const { stringData } = object;
    if (stringData !== undefined) {
      const encoded = Object.entries(stringData as Record<string, string>).map(([key, value]) => [
        key,
        Buffer.from(value).toString('base64'),
      ]);
      object.data = { ...object.data, ...Object.fromEntries(encoded) };
      delete object.stringData;
    }
    object.type ??= 'Opaque';
  },
  Deployment: (spec) => {
    setAbsent(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} });
    const strategy = objectIn(spec, 'strategy') ?? {};
    strategy.type ??= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      strategy.rollingUpdate ??= {};
      setAbsent(objectIn(strategy, 'rollingUpdate') ?? {}, { maxSurge: '25%', maxUnavailable: '25%' });
    }
    defaultTemplate(spec);
  },
  StatefulSet: (spec) => {
    setAbsent(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: {},
      persistentVolumeClaimRetentionPolicy: {},
    });
    setAbsent(objectIn(spec, 'persistentVolumeClaimRetentionPolicy') ?? {}, {
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
    const strategy = objectIn(spec, 'updateStrategy') ?? {};
    strategy.type ??= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      strategy.rollingUpdate ??= {};
      setAbsent(objectIn(strategy, 'rollingUpdate') ?? {}, { partition: 0 });
    }
    for (const claim of objectsIn(spec.volumeClaimTemplates)) {
      setAbsent(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: {}, status: { phase: 'Pending' } });
      setAbsent(objectIn(claim, 'spec') ?? {}, { volumeMode: 'Filesystem' });
    }
    defaultTemplate(spec);
  },
  ReplicaSet: (spec, object) => {
    spec.replicas ??= 1;
    defaultLabels(spec, object);
    defaultTemplate(spec);
  },
  Job: (spec, object) => {
    if (spec.completions === undefined && spec.parallelism === undefined) {
      spec.completions = 1;
    }
    setAbsent(spec, {
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
    });
    spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
    defaultLabels(spec, object);
    defaultTemplate(spec);
  },
  CronJob: (spec) => {
    setAbsent(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    defaultTemplate(objectIn(objectIn(spec, 'jobTemplate'), 'spec') ?? {});
  },
  HorizontalPodAutoscaler: (spec) => {
    spec.minReplicas ??= 1;
    if (objectsIn(spec.metrics).length === 0) {
      const target = { type: 'Utilization', averageUtilization: 80 };
      spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }
    const behavior = objectIn(spec, 'behavior');
    if (behavior !== undefined) {
      setAbsent(behavior, { scaleUp: {}, scaleDown: {} });
      const percent = { type: 'Percent', value: 100, periodSeconds: 15 };
      setAbsent(objectIn(behavior, 'scaleUp') ?? {}, {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, percent],
      });
      setAbsent(objectIn(behavior, 'scaleDown') ?? {}, { selectPolicy: 'Max', policies: [percent] });
    }
  },
  NetworkPolicy: (spec) => {
    const egress = objectsIn(spec.egress);
    spec.policyTypes ??= egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
    for (const port of [...objectsIn(spec.ingress), ...egress].flatMap((rule) => objectsIn(rule.ports))) {
      port.protocol ??= 'TCP';
    }
  },
  EndpointSlice: (_spec, object) => {
    for (const port of objectsIn(object.ports)) {
      setAbsent(port, { name: '', protocol: 'TCP' });
    }
  },
  RoleBinding: (_spec, object) => {
    setAbsent(objectIn(object, 'roleRef') ?? {}, { apiGroup: rbacGroup });
    for (const subject of objectsIn(object.subjects).filter(({ kind }) => kind !== 'ServiceAccount')) {
      subject.apiGroup ??= rbacGroup;
    }
  },
  PriorityClass: (_spec, object) => {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  StorageClass: (_spec, object) => {
    setAbsent(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  },
};

/** Fills in defaults in place and brings quantities into canonical form. */
export function applyDefaults(object: KubeObject): void {
  defaulters[object.kind]?.(object.spec ?? {}, object);
  canonicalizeQuantities(typeOfKind(object.kind), object);
}

/**
 * Gives a new Job the selector and pod labels that tie its pods to it (batch strategy, generateSelector). Needs the uid. A
 * Job without labels of its own has those of its pods.
 */
export function generateJobSelector(job: KubeObject): void {
  const template = objectIn(job.spec, 'template');
  if (template === undefined || job.spec === undefined || job.spec.manualSelector === true) {
    return;
  }
  const { uid, name } = job.metadata;
  const metadata = objectIn(template, 'metadata') ?? {};
  const given = objectIn(metadata, 'labels') ?? {};
  const labels = {
    ...given,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  template.metadata = { ...metadata, labels };
  if (sameJson(job.metadata.labels ?? {}, given)) {
    job.metadata = { ...job.metadata, labels };
  }
  const selector = objectIn(job.spec, 'selector') ?? {};
  const matchLabels = { ...objectIn(selector, 'matchLabels'), 'batch.kubernetes.io/controller-uid': uid };
  job.spec.selector = { ...selector, matchLabels } as Json;
}

function defaultTemplate(spec: Fields): void {
  const podSpec = objectIn(objectIn(spec, 'template'), 'spec');
  if (podSpec !== undefined) {
    defaultPodSpec(podSpec);
  }
}

function defaultLabels(spec: Fields, object: KubeObject): void {
  const labels = objectIn(objectIn(objectIn(spec, 'template'), 'metadata'), 'labels');
  if (labels !== undefined && Object.keys(object.metadata.labels ?? {}).length === 0) {
    object.metadata.labels = copyJson(labels) as Record<string, string>;
  }
}
