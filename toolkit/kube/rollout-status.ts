/** How far a workload has come, read from its status as `kubectl rollout status` reads it. Pure. */
import type { KubeObject } from './kube.ts';

/** How far a rollout is. */
export interface RolloutStatus {
  done: boolean;
  /** Counts, for people. */
  seen: string;
  /** Why the controller itself gave up or cannot make pods. */
  failure?: { reason: string; message: string; givenUp: boolean };
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

interface WorkloadSpec {
  replicas?: number;
  updateStrategy?: { rollingUpdate?: { partition?: number } };
}

interface WorkloadStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  conditions?: Condition[];
}

/** The status of a Deployment or StatefulSet. Counters that are absent are zero; `replicas` defaults to 1. */
export function rolloutStatus(object: KubeObject): RolloutStatus {
  const spec = (object.spec ?? {}) as WorkloadSpec;
  const status = (object.status ?? {}) as WorkloadStatus;
  const wanted = spec.replicas ?? 1;
  if ((status.observedGeneration ?? 0) < (object.metadata.generation ?? 0)) {
    return { done: false, seen: 'the controller has not begun' };
  }
  const updated = status.updatedReplicas ?? 0;
  const ready = object.kind === 'Deployment' ? (status.availableReplicas ?? 0) : (status.readyReplicas ?? 0);
  const old = Math.max(0, (status.replicas ?? 0) - updated);
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const done = updated >= wanted - partition && ready >= wanted && (old === 0 || object.kind === 'StatefulSet');
  const seen = `${updated} of ${wanted} updated, ${ready} ready${old > 0 ? `, ${old} old still there` : ''}`;
  const failure = failureOf(status.conditions ?? []);
  return { done, seen, ...(failure === undefined ? {} : { failure }) };
}

/** `ReplicaFailure` says more (a quota, an admission refusal) than the deadline that it leads to. */
function failureOf(conditions: readonly Condition[]): RolloutStatus['failure'] {
  const refused = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  const late = conditions.find(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded');
  const condition = refused ?? late;
  if (condition === undefined) return undefined;
  return {
    reason: condition.reason ?? condition.type,
    message: condition.message ?? '',
    givenUp: late !== undefined,
  };
}
