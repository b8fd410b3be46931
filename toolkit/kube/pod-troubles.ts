/** What is wrong with a pod that does not become ready, and how long that may still mend itself. Pure. */
import type { KubeEvent, KubeObject } from './kube.ts';

/** One thing that keeps a pod from being ready. */
export interface Trouble {
  pod: string;
  container?: string;
  /** As Kubernetes names it: `ImagePullBackOff`. */
  reason: string;
  message: string;
  /** What the same trouble is under its other names: a failed pull is `ErrImagePull` and `ImagePullBackOff` in turns. */
  family: Family;
  /** How long it is waited for after it is first seen, in milliseconds; 0 fails at once. */
  patience: number;
  /** The container ran and ended, so its log says why. */
  hasLog: boolean;
}

/** Kinds of trouble, each with its own advice. */
export type Family = 'pull' | 'configuration' | 'crash' | 'memory' | 'probe' | 'room' | 'volume';

/** What to do about it, as the end of a message. */
export const ADVICE: Readonly<Record<Family, string>> = {
  pull: 'Check that the image is in the registry and that the nodes may pull from it.',
  configuration: 'Check what the manifests ask of the container.',
  crash: 'Mend what the log names, and deploy again.',
  memory: 'Raise the memory limit, or lower the number of workers.',
  probe: 'Look at the log of the pod.',
  room: 'Ask for vCPU quota, raise the maximum of the node pool, or deploy fewer pods.',
  volume: 'Check the secret or share that the message names, and the rights of the identity that reads it.',
};

const SECOND = 1000;

/** What a container waits for that does not come, by the reason that Kubernetes gives. */
const WAITING: Readonly<Record<string, { family: Family; patience: number }>> = {
  InvalidImageName: { family: 'pull', patience: 0 },
  ErrImageNeverPull: { family: 'pull', patience: 0 },
  // A pull can fail until a new role assignment has spread.
  ImagePullBackOff: { family: 'pull', patience: 60 * SECOND },
  ErrImagePull: { family: 'pull', patience: 60 * SECOND },
  // The ConfigMap that it names may be made just now.
  CreateContainerConfigError: { family: 'configuration', patience: 30 * SECOND },
  CreateContainerError: { family: 'configuration', patience: 30 * SECOND },
  RunContainerError: { family: 'configuration', patience: 30 * SECOND },
  CrashLoopBackOff: { family: 'crash', patience: 30 * SECOND },
};

/** Registries in these words say that there is no such image: waiting brings none. */
const NO_SUCH_IMAGE = /not found|manifest unknown|name unknown|does not exist|no such/i;
const NO_SUCH_IMAGE_PATIENCE = 5 * SECOND;

/** A container that came back so often will not stay the next time either. */
const RESTARTS_THAT_SETTLE_IT = 3;

/** A pod that finds no room makes the cluster autoscaler add a node, which takes minutes. */
const ROOM_PATIENCE = 300 * SECOND;
/** The autoscaler has said that it adds none. */
const NO_NODE_PATIENCE = 20 * SECOND;
/** A secret, or the right to read it, may be seconds old. */
const VOLUME_PATIENCE = 60 * SECOND;
/** A pod that was ready once may be busy; one that stays unready so long is not. */
const READINESS_PATIENCE = 60 * SECOND;

interface ContainerStatus {
  name: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; running?: object };
  lastState?: { terminated?: { exitCode?: number; reason?: string } };
}

interface PodStatus {
  phase?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

interface ContainerSpec {
  name: string;
  resources?: { limits?: { memory?: string } };
}

const statusOf = (pod: KubeObject): PodStatus => (pod.status ?? {}) as PodStatus;

/** The newest event with one of these reasons and, if given, a message like this. */
function newest(events: readonly KubeEvent[], reasons: readonly string[], message?: RegExp): KubeEvent | undefined {
  return events.filter((event) => reasons.includes(event.reason) && (message?.test(event.message) ?? true)).at(-1);
}

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

type Found = Omit<Trouble, 'pod'>;

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

function containerTrouble(
  container: ContainerStatus,
  pod: KubeObject,
  events: readonly KubeEvent[],
): Found | undefined {
  const probed = probeTrouble(container, events);
  if (probed !== undefined) return probed;
  const restarts = container.restartCount ?? 0;
  const waiting = container.state?.waiting;
  const known = WAITING[waiting?.reason ?? ''];
  const settled = restarts >= RESTARTS_THAT_SETTLE_IT && container.ready !== true;
  if (known === undefined && !settled) return undefined;
  if (settled || known?.family === 'crash') {
    const memory = container.lastState?.terminated?.reason === 'OOMKilled';
    return {
      reason: 'CrashLoopBackOff',
      message: `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}, last ended with ${howItEnded(container, pod)}`,
      family: memory ? 'memory' : 'crash',
      patience: settled ? 0 : (known?.patience ?? 0),
      hasLog: true,
    };
  }
  const pulled = known?.family === 'pull' ? newest(events, ['Failed'], /^Failed to pull image/) : undefined;
  const message = pulled === undefined ? tidy(waiting?.message ?? '') : pullFailure(pulled.message);
  const settledPull = known?.family === 'pull' && NO_SUCH_IMAGE.test(message);
  return {
    reason: waiting?.reason ?? '',
    message,
    family: known?.family ?? 'configuration',
    patience: settledPull ? Math.min(NO_SUCH_IMAGE_PATIENCE, known.patience) : (known?.patience ?? 0),
    hasLog: false,
  };
}

/** A probe that had the container restarted, or that keeps a running one from being ready. */
function probeTrouble(container: ContainerStatus, events: readonly KubeEvent[]): Found | undefined {
  if (container.ready === true) return undefined;
  const killed = newest(events, ['Killing'], /failed (startup|liveness) probe/);
  if ((container.restartCount ?? 0) > 0 && killed !== undefined) {
    const probe = /failed (startup|liveness) probe/.exec(killed.message)?.[1] ?? '';
    const said = newest(events, ['Unhealthy'], new RegExp(`^${probe} probe`, 'i'));
    return {
      reason: 'Unhealthy',
      message: tidy(said?.message ?? killed.message),
      family: 'probe',
      patience: 0,
      hasLog: true,
    };
  }
  const unready = newest(events, ['Unhealthy'], /^Readiness probe/);
  if (container.state?.running === undefined || container.started === false || unready === undefined) return undefined;
  return {
    reason: 'Unhealthy',
    message: tidy(unready.message),
    family: 'probe',
    patience: READINESS_PATIENCE,
    hasLog: false,
  };
}

function howItEnded({ name, lastState }: ContainerStatus, pod: KubeObject): string {
  const ended = lastState?.terminated;
  if (ended?.reason !== 'OOMKilled') return `exit code ${ended?.exitCode ?? 'unknown'}`;
  const spec = pod.spec as { containers?: ContainerSpec[] } | undefined;
  const limit = spec?.containers?.find((container) => container.name === name)?.resources?.limits?.memory;
  return limit === undefined ? 'out of memory' : `out of memory, its limit being ${limit}`;
}

/** The image and the last cause: in between, the runtime says several times what it tried. */
function pullFailure(message: string): string {
  const failed = /^(Failed to pull image "[^"]*"): (.*)$/s.exec(message.trim());
  const cause = failed?.[2]?.split(/:\s/).at(-1);
  return failed === null || cause === undefined ? tidy(message) : `${failed[1]}: ${tidy(cause)}`;
}

const LONGEST_MESSAGE = 320;

/** Messages of drivers run over several lines and say everything twice. */
function tidy(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE - 1)}…` : line;
}

/** `pod web-1, container web: ImagePullBackOff (no such tag)`. */
export function describeTrouble(trouble: Trouble): string {
  const where = trouble.container === undefined ? '' : `, container ${trouble.container}`;
  const message = trouble.message === '' ? '' : ` (${trouble.message})`;
  return `pod ${trouble.pod}${where}: ${trouble.reason}${message}`;
}

/** Whether the pod's Ready condition holds. */
export function isReady(pod: KubeObject): boolean {
  return (statusOf(pod).conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}
