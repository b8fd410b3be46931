/** The status of a container before it runs: at its beginning, and after a world that ended under it. */
import type { KubeObject } from '../../ports.ts';
import type { Container, ContainerState, ContainerStatus, Pod } from '../objects.ts';

/** When a container that ended is started again. */
export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** The restart policy of a pod's containers. */
export function policyOf(pod: Pod): RestartPolicy {
  return (pod.spec.restartPolicy ?? 'Always') as RestartPolicy;
}

/** Whether an init container stays beside the others. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** The status before anything has happened. */
export function initialStatus(container: Container, reason = 'ContainerCreating'): ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason } },
  };
}

/** What a container's status becomes when the world it ran in is gone: as after the crash of a node. */
export function afterCrash(object: KubeObject, name: string, policy: RestartPolicy): ContainerStatus | undefined {
  const all = (object.status?.containerStatuses ?? []) as unknown as ContainerStatus[];
  const init = (object.status?.initContainerStatuses ?? []) as unknown as ContainerStatus[];
  const before = structuredClone([...init, ...all].find((status) => status.name === name));
  if (before?.state.running === undefined) {
    return before;
  }
  const terminated = { exitCode: 255, reason: 'Unknown', startedAt: before.state.running.startedAt };
  const lost: ContainerState = { terminated };
  return policy === 'Never'
    ? { ...before, ready: false, started: false, state: lost }
    : { ...before, ready: false, started: false, state: lost, lastState: lost, restartCount: before.restartCount + 1 };
}
