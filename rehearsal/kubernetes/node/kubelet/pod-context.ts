/** What every part of one pod's life shares. */
import type { KubeObject, Outside } from '../../ports.ts';
import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster.ts';
import type { Happening } from '../events.ts';
import type { ImageStore } from '../images.ts';
import { type Pod, podOf } from '../objects.ts';

/** Pauses before a container that ended is started again, in milliseconds. */
export interface BackOff {
  first: number;
  longest: number;
}

/** Services that kubelet gives to its pods. */
export interface KubeletServices {
  cluster: Cluster;
  outside: Outside;
  images: ImageStore;
  clock: Clock;
  backOff: BackOff;
  /** Folder of the pods' own files. */
  podsDirectory: string;
  /** Folder of claims and shares. */
  volumesDirectory: string;
  log(line: string): void;
}

/** One pod: where it is and how to speak about it. */
export interface PodContext {
  services: KubeletServices;
  /** As last stored. */
  object(): KubeObject;
  pod(): Pod;
  directory: string;
  podIP: string;
  hostIP: string;
  report(event: Happening): void;
  /** Says that a container's state has changed. */
  changed(): void;
}

/** The pod of a stored object with what the cluster knows newest. */
export function latest(cluster: Cluster, object: KubeObject): KubeObject {
  const { namespace, name, uid } = object.metadata;
  const live = cluster.get('Pod', namespace, name);
  return live?.metadata.uid === uid ? live : object;
}

/** `app-0_moodle(uid)`: how kubelet's messages name a pod. */
export function podTitle(object: KubeObject): string {
  const { name, namespace, uid } = podOf(object).metadata;
  return `${name}_${namespace}(${uid})`;
}

/** Waits, but no longer than until the signal. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const cancel = clock.after(milliseconds, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    const stop = (): void => {
      cancel();
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
