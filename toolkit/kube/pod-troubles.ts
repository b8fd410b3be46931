/** What is wrong with a pod that does not become ready, and how long that may still mend itself. Pure. */
import { type ContainerStatus, containerTrouble } from './container-troubles.ts';
import type { KubeEvent, KubeObject } from './kube.ts';
import { type Found, newest, type Trouble, tidy } from './trouble.ts';

const SECOND = 1000;

/** A pod that finds no room makes the cluster autoscaler add a node, which takes minutes. */
const ROOM_PATIENCE = 300 * SECOND;
/** The autoscaler has said that it adds none. */
const NO_NODE_PATIENCE = 20 * SECOND;
/** A secret, or the right to read it, may be seconds old. */
const VOLUME_PATIENCE = 60 * SECOND;
interface PodStatus {
  phase?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

const statusOf = (pod: KubeObject): PodStatus => (pod.status ?? {}) as PodStatus;

/**
 * Everything that is wrong with a pod. A pod that is only starting has no trouble.
 *
 * @param events what was said about the pod, oldest first
 */
export function podTroubles(pod: KubeObject, events: readonly KubeEvent[] = []): Trouble[] {
  const status = statusOf(pod);
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const found = [
    roomTrouble(status, events),
    volumeTrouble(status, containers, events),
    ...containers.map((container) => {
      const trouble = containerTrouble(container, pod, events);
      return trouble && { container: container.name, ...trouble };
    }),
  ];
  return found.flatMap((trouble) => (trouble === undefined ? [] : [{ pod: pod.metadata.name, ...trouble }]));
}

function roomTrouble({ conditions = [] }: PodStatus, events: readonly KubeEvent[]): Found | undefined {
  const condition = conditions.find(
    ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  if (condition === undefined) return undefined;
  const scaling = newest(events, ['NotTriggerScaleUp', 'TriggeredScaleUp']);
  const refused = scaling?.reason === 'NotTriggerScaleUp';
  const words = [condition.message ?? '', ...(refused ? [`no node is added: ${scaling.message}`] : [])];
  return {
    reason: 'Unschedulable',
    message: words.map(tidy).join('; '),
    family: 'room',
    patience: refused ? NO_NODE_PATIENCE : ROOM_PATIENCE,
    hasLog: false,
  };
}

function volumeTrouble(
  status: PodStatus,
  containers: readonly ContainerStatus[],
  events: readonly KubeEvent[],
): Found | undefined {
  const starting = status.phase === 'Pending' && containers.every(({ state }) => state?.running === undefined);
  const event = starting ? newest(events, ['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox']) : undefined;
  return (
    event && {
      reason: event.reason,
      message: tidy(event.message),
      family: 'volume',
      patience: VOLUME_PATIENCE,
      hasLog: false,
    }
  );
}

/** Whether the pod's Ready condition holds. */
export function isReady(pod: KubeObject): boolean {
  return (statusOf(pod).conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}
