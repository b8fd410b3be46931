/**
 * A shell in a pod that is begun before it is known what to ask. The way there, through the API server and the machine of
 * the pod, takes several round trips; they are made while the objects are read that tell whom to ask.
 */
import type { Kube } from '#toolkit/kube/kube';
import type { ExecResult } from '#toolkit/process/exec';

/** One shell; it takes one script. */
export interface OpenShell {
  pod: string;
  /** Has it run this; answers as `Kube.exec` does. */
  run(script: string): Promise<ExecResult>;
  /** Ends it, unless it was given something to run. */
  close(): void;
}

/**
 * Begins a shell in a pod of which nothing is known, perhaps not even that it is there: what fails is told only to whoever
 * has it run something.
 */
export function openShell(kube: Kube, pod: string, timeoutMilliseconds: number): OpenShell {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  promise.catch(() => {});
  const result = kube.exec(pod, ['sh', '-s'], { laterStdin: promise, timeoutMilliseconds });
  result.catch(() => {});
  return {
    pod,
    run(script) {
      resolve(script);
      return result;
    },
    close: () => reject(new Error('The shell is not needed.')),
  };
}
