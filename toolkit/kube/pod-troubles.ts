/** What is wrong with a pod that does not become ready, and how long that may still mend itself. Pure. */
import type { KubeObject } from './kube.ts';

/** One thing that keeps a pod from being ready. */
export interface Trouble {
  pod: string;
  container?: string;
  /** As Kubernetes names it: `ImagePullBackOff`. */
  reason: string;
  message: string;
  /** How long it is waited for after it is first seen, in milliseconds; 0 fails at once. */
  patience: number;
  /** The container ran and ended, so its log says why. */
  hasLog: boolean;
}

/**
 * How long each reason may last. A pull can fail until a new role assignment has spread; a pod that finds no room makes the
 * cluster autoscaler add a node, which takes minutes.
 */
const PATIENCE: Readonly<Record<string, number>> = {
  InvalidImageName: 0,
  ErrImageNeverPull: 0,
  ImagePullBackOff: 60_000,
  ErrImagePull: 60_000,
  CreateContainerConfigError: 30_000,
  CreateContainerError: 30_000,
  RunContainerError: 30_000,
  CrashLoopBackOff: 30_000,
  Unschedulable: 300_000,
};

/** A container that came back so often will not stay the next time either. */
const RESTARTS_THAT_SETTLE_IT = 3;

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string } };
  lastState?: { terminated?: { exitCode?: number; reason?: string } };
}

interface PodStatus {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

/** Everything that is wrong with a pod. A pod that is only starting has no trouble. */
export function podTroubles(pod: KubeObject): Trouble[] {
  const status = (pod.status ?? {}) as PodStatus;
  const name = pod.metadata.name;
  const unscheduled = (status.conditions ?? []).filter(
    ({ type, status: holds, reason }) => type === 'PodScheduled' && holds === 'False' && reason === 'Unschedulable',
  );
  return [
    ...unscheduled.map(({ message }) => ({
      pod: name,
      reason: 'Unschedulable',
      message: message ?? '',
      patience: PATIENCE.Unschedulable ?? 0,
      hasLog: false,
    })),
    ...[...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].flatMap((container) => {
      const trouble = containerTrouble(container);
      return trouble === undefined ? [] : [{ pod: name, container: container.name, ...trouble }];
    }),
  ];
}

function containerTrouble(container: ContainerStatus): Omit<Trouble, 'pod' | 'container'> | undefined {
  const restarts = container.restartCount ?? 0;
  const ended = container.lastState?.terminated;
  const waiting = container.state?.waiting;
  const reason = waiting?.reason ?? '';
  const patience = PATIENCE[reason];
  const settled = restarts >= RESTARTS_THAT_SETTLE_IT && container.ready !== true;
  if (patience === undefined && !settled) return undefined;
  const crashed = settled || reason === 'CrashLoopBackOff';
  const how = ended?.reason === 'OOMKilled' ? 'out of memory' : `exit code ${ended?.exitCode ?? 'unknown'}`;
  return {
    reason: patience === undefined ? 'CrashLoopBackOff' : reason,
    message: crashed ? `${restarts} restarts, last ended with ${how}` : (waiting?.message ?? ''),
    patience: settled ? 0 : (patience ?? 0),
    hasLog: crashed,
  };
}

/** `pod web-1, container web: ImagePullBackOff (no such tag)`. */
export function describeTrouble(trouble: Trouble): string {
  const where = trouble.container === undefined ? '' : `, container ${trouble.container}`;
  const message = trouble.message === '' ? '' : ` (${trouble.message})`;
  return `pod ${trouble.pod}${where}: ${trouble.reason}${message}`;
}

/** Whether the pod's Ready condition holds. */
export function isReady(pod: KubeObject): boolean {
  const status = (pod.status ?? {}) as PodStatus;
  return (status.conditions ?? []).some(({ type, status: holds }) => type === 'Ready' && holds === 'True');
}
