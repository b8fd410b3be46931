/** What keeps a pod from being ready, in the form in which it is told. Pure. */
import type { KubeEvent } from './kube.ts';

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

/** A trouble of some pod. */
export type Found = Omit<Trouble, 'pod'>;

/** The newest event with one of these reasons and, if given, a message like this. */
export function newest(
  events: readonly KubeEvent[],
  reasons: readonly string[],
  message?: RegExp,
): KubeEvent | undefined {
  return events.filter((event) => reasons.includes(event.reason) && (message?.test(event.message) ?? true)).at(-1);
}

const LONGEST_MESSAGE = 320;

/** Messages of drivers run over several lines and say everything twice. */
export function tidy(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE - 1)}…` : line;
}

/** `pod web-1, container web: ImagePullBackOff (no such tag)`. */
export function describeTrouble(trouble: Trouble): string {
  const where = trouble.container === undefined ? '' : `, container ${trouble.container}`;
  const message = trouble.message === '' ? '' : ` (${trouble.message})`;
  return `pod ${trouble.pod}${where}: ${trouble.reason}${message}`;
}
