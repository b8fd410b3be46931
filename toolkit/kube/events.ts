/** Events: what controllers and nodes say about other objects. Pure. */
import type { KubeEvent, KubeObject } from './kube.ts';

interface EventFields {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  involvedObject?: { kind?: string; name?: string; uid?: string };
}

/** An Event object in short. The newer fields (`eventTime`) are what controllers without a count fill in. */
export function readEvent(object: KubeObject): KubeEvent {
  const event = object as KubeObject & EventFields;
  return {
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.count ?? 1,
    lastSeen: event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '',
  };
}

/** Whether an Event object is about this very object, and not about an earlier one of the same name. */
export function isAbout(event: KubeObject, { kind, metadata }: KubeObject): boolean {
  const about = (event as KubeObject & EventFields).involvedObject;
  if (about?.kind !== kind || about.name !== metadata.name) return false;
  return about.uid === undefined || metadata.uid === undefined || about.uid === metadata.uid;
}
