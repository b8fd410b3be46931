/** Sets the fields that a real API server sets when a manifest leaves them out. */
import type { KubeObject } from './ports.ts';

/** Fills in defaults in place. */
export function applyDefaults(object: KubeObject): void {
  if (object.kind === 'Namespace') {
    object.spec ??= { finalizers: ['kubernetes'] };
    object.status ??= { phase: 'Active' };
  }
}
