/**
 * The types of the custom resources that the stand-in serves, after their CRDs: SecretProviderClass of
 * kubernetes-sigs/secrets-store-csi-driver, ScaledObject and TriggerAuthentication of kedacore/keda 2.17, PodMonitor of the
 * Prometheus operator as Azure's managed Prometheus installs it. Lists of a CRD are atomic unless it says otherwise.
 */
import type { InlineType, TypeRef } from './schema.ts';

const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const condition = { fields: { type: 'string', status: 'string', reason: 'string', message: 'string' } };
const labelSelector = 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector';

const object = (spec: Record<string, TypeRef>, status: Record<string, TypeRef>): InlineType => ({
  fields: { apiVersion: 'string', kind: 'string', metadata, spec: { fields: spec }, status: { fields: status } },
});

const secretProviderClass = object(
  {
    provider: 'string',
    parameters: { map: 'string' },
    secretObjects: {
      list: {
        fields: {
          secretName: 'string',
          type: 'string',
          labels: { map: 'string' },
          annotations: { map: 'string' },
          data: { list: { fields: { objectName: 'string', key: 'string' } } },
        },
      },
    },
  },
  { byPod: { list: { fields: { id: 'string', namespace: 'string' } } } },
);

const scalingRules = {
  fields: {
    stabilizationWindowSeconds: 'numeric',
    selectPolicy: 'string',
    tolerance: 'untyped',
    policies: { list: { fields: { type: 'string', value: 'numeric', periodSeconds: 'numeric' } } },
  },
};

const scaledObject = object(
  {
    scaleTargetRef: {
      fields: { apiVersion: 'string', kind: 'string', name: 'string', envSourceContainerName: 'string' },
    },
    pollingInterval: 'numeric',
    initialCooldownPeriod: 'numeric',
    cooldownPeriod: 'numeric',
    idleReplicaCount: 'numeric',
    minReplicaCount: 'numeric',
    maxReplicaCount: 'numeric',
    advanced: {
      fields: {
        restoreToOriginalReplicaCount: 'boolean',
        horizontalPodAutoscalerConfig: {
          fields: { name: 'string', behavior: { fields: { scaleUp: scalingRules, scaleDown: scalingRules } } },
        },
        scalingModifiers: {
          fields: { formula: 'string', target: 'string', activationTarget: 'string', metricType: 'string' },
        },
      },
    },
    fallback: { fields: { failureThreshold: 'numeric', replicas: 'numeric', behavior: 'string' } },
    triggers: {
      list: {
        fields: {
          type: 'string',
          name: 'string',
          metricType: 'string',
          useCachedMetrics: 'boolean',
          metadata: { map: 'string' },
          authenticationRef: { fields: { name: 'string', kind: 'string' } },
        },
      },
    },
  },
  {
    conditions: { list: condition },
    hpaName: 'string',
    originalReplicaCount: 'numeric',
    scaleTargetKind: 'string',
    externalMetricNames: { list: 'string' },
    resourceMetricNames: { list: 'string' },
  },
);

const triggerAuthentication = object(
  {
    podIdentity: {
      fields: {
        provider: 'string',
        identityId: 'string',
        identityTenantId: 'string',
        identityAuthorityHost: 'string',
      },
    },
    secretTargetRef: { list: { fields: { parameter: 'string', name: 'string', key: 'string' } } },
    env: { list: { fields: { parameter: 'string', name: 'string', containerName: 'string' } } },
  },
  {},
);

const podMonitor = object(
  {
    jobLabel: 'string',
    podTargetLabels: { list: 'string' },
    selector: labelSelector,
    namespaceSelector: { fields: { any: 'boolean', matchNames: { list: 'string' } } },
    sampleLimit: 'numeric',
    targetLimit: 'numeric',
    labelLimit: 'numeric',
    labelNameLengthLimit: 'numeric',
    labelValueLengthLimit: 'numeric',
    podMetricsEndpoints: {
      list: {
        fields: {
          port: 'string',
          path: 'string',
          scheme: 'string',
          params: { map: { list: 'string' } },
          interval: 'string',
          scrapeTimeout: 'string',
          honorLabels: 'boolean',
          relabelings: { list: 'any' },
          metricRelabelings: { list: 'any' },
        },
      },
    },
  },
  {},
);

/** By kind. */
export const customResources: Readonly<Record<string, InlineType>> = {
  SecretProviderClass: secretProviderClass,
  ScaledObject: scaledObject,
  TriggerAuthentication: triggerAuthentication,
  PodMonitor: podMonitor,
};
