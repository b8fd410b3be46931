/** The status of a pod out of the states of its containers. Pure; phases and conditions as kubelet makes them. */
import { timestamp } from '../clock.ts';
import { type Condition, type ContainerStatus, conditionOf, type PodStatus } from '../objects.ts';

/** What the status is made of. */
export interface PodFacts {
  podIP: string;
  hostIP: string;
  startTime: string;
  containers: readonly ContainerStatus[];
  initContainers: readonly ContainerStatus[];
  initialized: boolean;
  /** How the pod ended, once it has. */
  outcome?: 'Succeeded' | 'Failed';
  reason?: string;
  message?: string;
  before: readonly Condition[];
  now: Date;
}

/** The whole status. */
export function podStatus(facts: PodFacts): PodStatus {
  const began = facts.containers.some(({ state, restartCount }) => state.waiting === undefined || restartCount > 0);
  const phase = facts.outcome ?? (facts.initialized && began ? 'Running' : 'Pending');
  const unready = facts.containers.filter((status) => !status.ready).map((status) => status.name);
  const names = unready.join(' ');
  const ended = facts.outcome === 'Succeeded';
  const notReady = ended
    ? { reason: 'PodCompleted' }
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
  const ready = facts.outcome === undefined && facts.initialized && unready.length === 0;
  const waiting = facts.initContainers
    .filter((status) => status.state.terminated?.exitCode !== 0)
    .map(({ name }) => name);
  const notInitialized = {
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${waiting.join(' ')}]`,
  };
  const wanted: Condition[] = [
    state('Initialized', facts.initialized, notInitialized),
    state('ContainersReady', ready, notReady),
    state('Ready', ready, notReady),
    ...facts.before.filter(({ type }) => !['Initialized', 'ContainersReady', 'Ready'].includes(type)),
  ];
  return {
    phase,
    ...(facts.reason === undefined ? {} : { reason: facts.reason }),
    ...(facts.message === undefined ? {} : { message: facts.message }),
    podIP: facts.podIP,
    podIPs: [{ ip: facts.podIP }],
    hostIP: facts.hostIP,
    startTime: facts.startTime,
    conditions: wanted.map((condition) => dated(condition, facts)),
    containerStatuses: facts.containers.map((status) => structuredClone(status)),
    ...(facts.initContainers.length === 0
      ? {}
      : { initContainerStatuses: facts.initContainers.map((status) => structuredClone(status)) }),
  };
}

function state(type: string, holds: boolean, otherwise: { reason: string; message?: string }): Condition {
  return holds ? { type, status: 'True' } : { type, status: 'False', ...otherwise };
}

function dated(condition: Condition, { before, now }: PodFacts): Condition {
  const previous = conditionOf([...before], condition.type);
  const same = previous?.status === condition.status ? previous.lastTransitionTime : undefined;
  return { ...condition, lastProbeTime: null, lastTransitionTime: same ?? timestamp(now) };
}
