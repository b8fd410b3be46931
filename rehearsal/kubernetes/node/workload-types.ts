/** The fields of workloads and Services that the controllers read, as types. */
import type { KubeObject, ObjectMeta } from '../ports.ts';
import type { IntOrString, LabelSelector, PodSpec } from './pod-types.ts';

/** The template that workloads make pods from. */
export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

/** A port of a Service. */
export interface ServicePort {
  name?: string;
  port: number;
  targetPort?: IntOrString;
  protocol?: string;
  nodePort?: number;
}

/** The spec of a Service. */
export interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  selector?: Record<string, string>;
  ports?: ServicePort[];
  publishNotReadyAddresses?: boolean;
}

/** The spec of a Deployment or ReplicaSet. */
export interface DeploymentSpec {
  replicas?: number;
  selector: LabelSelector;
  template: PodTemplate;
  strategy?: { type?: string; rollingUpdate?: { maxSurge?: IntOrString; maxUnavailable?: IntOrString } };
  minReadySeconds?: number;
  progressDeadlineSeconds?: number;
  revisionHistoryLimit?: number;
  paused?: boolean;
}

/** The spec of a StatefulSet. */
export interface StatefulSetSpec {
  replicas?: number;
  serviceName?: string;
  selector: LabelSelector;
  template: PodTemplate;
  podManagementPolicy?: string;
  updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  volumeClaimTemplates?: { metadata: Partial<ObjectMeta>; spec?: KubeObject['spec'] }[];
  minReadySeconds?: number;
  persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
}

/** The spec of a Job. */
export interface JobSpec {
  template: PodTemplate;
  podFailurePolicy?: PodFailurePolicy;
  podReplacementPolicy?: string;
  selector?: LabelSelector;
  backoffLimit?: number;
  completions?: number;
  parallelism?: number;
  activeDeadlineSeconds?: number;
  suspend?: boolean;
}

/** What becomes of a Job whose pod fails: the first rule that matches decides. */
export interface PodFailurePolicy {
  rules: readonly PodFailureRule[];
}

/** One rule; it has one of the two conditions. */
export interface PodFailureRule {
  action: string;
  onExitCodes?: { containerName?: string; operator: string; values: readonly number[] };
  onPodConditions?: readonly { type: string; status?: string }[];
}
