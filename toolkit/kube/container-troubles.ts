/** What is wrong with a container that does not run or is not ready. Pure. */
import type { KubeEvent, KubeObject } from './kube.ts';
import { type Family, type Found, newest, tidy } from './trouble.ts';

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

/** A pod that was ready once may be busy; one that stays unready so long is not. */
const READINESS_PATIENCE = 60 * SECOND;

/** What Kubernetes says of a container. */
export interface ContainerStatus {
  name: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; running?: object };
  lastState?: { terminated?: { exitCode?: number; reason?: string } };
}

interface ContainerSpec {
  name: string;
  resources?: { limits?: { memory?: string } };
}

/** What is wrong with this one; undefined when it runs, or is only starting. */
export function containerTrouble(
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
