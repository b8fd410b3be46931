/** The status of a Deployment: the counters and conditions that `kubectl rollout status` and `kubectl wait` read. */
import type { KubeObject } from '../../ports.ts';
import { timestamp } from '../clock.ts';
import type { Cluster } from '../cluster.ts';
import { type Condition, conditionOf, type DeploymentSpec } from '../objects.ts';
import { counter } from './pod-template.ts';
import { boundsOf } from './rollout.ts';

const manager = 'deployment-controller';

interface Counts {
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  updatedReplicas?: number;
  unavailableReplicas?: number;
  conditions?: Condition[];
}

/** Writes counters and conditions; answers when the progress deadline is due. */
export function writeDeploymentStatus(
  cluster: Cluster,
  deployment: KubeObject,
  spec: DeploymentSpec,
  current: KubeObject | undefined,
  old: KubeObject[],
): number | undefined {
  const desired = spec.replicas ?? 1;
  const total = (member: keyof Counts): number =>
    [...old, ...(current === undefined ? [] : [current])].reduce(
      (sum, set) => sum + Number(set.status?.[member] ?? 0),
      0,
    );
  const counts = {
    replicas: total('replicas'),
    updatedReplicas: Number(current?.status?.replicas ?? 0),
    readyReplicas: total('readyReplicas'),
    availableReplicas: total('availableReplicas'),
  };
  const before = (deployment.status ?? {}) as unknown as Counts;
  const now = cluster.clock.now();
  const available = availability(counts.availableReplicas, desired, boundsOf(spec.strategy, desired).unavailable);
  const { condition, again } = progress(spec, desired, counts, before, current?.metadata.name ?? '', now);
  cluster.setStatus(
    deployment,
    {
      observedGeneration: deployment.metadata.generation,
      replicas: counter(counts.replicas),
      updatedReplicas: counter(counts.updatedReplicas),
      readyReplicas: counter(counts.readyReplicas),
      availableReplicas: counter(counts.availableReplicas),
      unavailableReplicas: counter(Math.max(counts.replicas, desired) - counts.availableReplicas),
      conditions: [stamped(available, before.conditions, now), ...(condition === undefined ? [] : [condition])],
    },
    manager,
  );
  return again;
}

function availability(available: number, desired: number, unavailable: number): Condition {
  return available >= desired - unavailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** Keeps the times of a condition that still says the same. */
function stamped(condition: Condition, before: Condition[] | undefined, now: Date): Condition {
  const previous = conditionOf(before, condition.type);
  const time = timestamp(now);
  const same = previous?.status === condition.status && previous.reason === condition.reason;
  return {
    ...condition,
    lastUpdateTime: same ? (previous.lastUpdateTime ?? time) : time,
    lastTransitionTime: previous?.status === condition.status ? (previous.lastTransitionTime ?? time) : time,
  };
}

/** The Progressing condition, and when its deadline is due. */
export function progress(
  spec: DeploymentSpec,
  desired: number,
  counts: { replicas: number; updatedReplicas: number; readyReplicas: number; availableReplicas: number },
  before: Counts,
  setName: string,
  now: Date,
): { condition: Condition | undefined; again: number | undefined } {
  const previous = conditionOf(before.conditions, 'Progressing');
  if (spec.paused === true || setName === '') {
    return { condition: previous, again: undefined };
  }
  const say = (status: 'True' | 'False', reason: string, message: string): Condition =>
    stamped({ type: 'Progressing', status, reason, message }, before.conditions, now);
  const complete =
    counts.updatedReplicas === desired && counts.replicas === desired && counts.availableReplicas === desired;
  if (complete) {
    const message = `ReplicaSet "${setName}" has successfully progressed.`;
    return { condition: say('True', 'NewReplicaSetAvailable', message), again: undefined };
  }
  const message = `ReplicaSet "${setName}" is progressing.`;
  const moved =
    counts.updatedReplicas > (before.updatedReplicas ?? 0) ||
    counts.readyReplicas > (before.readyReplicas ?? 0) ||
    counts.availableReplicas > (before.availableReplicas ?? 0) ||
    counts.replicas - counts.updatedReplicas < (before.replicas ?? 0) - (before.updatedReplicas ?? 0);
  const started = previous === undefined || previous.message?.includes(`"${setName}"`) !== true;
  if (moved || started || previous.reason === 'NewReplicaSetAvailable') {
    const fresh = say('True', 'ReplicaSetUpdated', message);
    return { condition: { ...fresh, lastUpdateTime: timestamp(now) }, again: deadlineOf(spec) };
  }
  const left = deadlineOf(spec) - (now.getTime() - Date.parse(previous.lastUpdateTime ?? timestamp(now)));
  if (left <= 0 || previous.reason === 'ProgressDeadlineExceeded') {
    const text = `ReplicaSet "${setName}" has timed out progressing.`;
    return { condition: say('False', 'ProgressDeadlineExceeded', text), again: undefined };
  }
  return { condition: previous, again: left };
}

function deadlineOf(spec: DeploymentSpec): number {
  return (spec.progressDeadlineSeconds ?? 600) * 1000;
}
