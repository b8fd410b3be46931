/** Events (core v1), by which controllers and kubelet say what happened to an object. */
import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../ports.ts';
import { timestamp } from './clock.ts';
import type { Cluster } from './cluster.ts';

/** What happened. */
export interface Happening {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/**
 * Records an Event. The same happening again raises `count`, as the event recorder of Kubernetes does, so that a watcher
 * can tell what goes on happening from what happened once. In a namespace that is going nothing is recorded.
 */
export function recordEvent(cluster: Cluster, object: KubeObject, happening: Happening, component: string): void {
  const { type, reason, message } = happening;
  const { namespace = 'default', name, uid } = object.metadata;
  const time = timestamp(cluster.clock.now());
  const same = cluster.list('Event', namespace).find((event) => {
    const about = event.involvedObject as { uid?: string };
    return about.uid === uid && event.reason === reason && event.message === message;
  });
  if (same !== undefined) {
    cluster.change(
      same,
      (draft) => {
        draft.count = Number(draft.count ?? 1) + 1;
        draft.lastTimestamp = time;
      },
      component,
    );
    return;
  }
  const home = cluster.get('Namespace', undefined, namespace);
  if (home === undefined || home.metadata.deletionTimestamp !== undefined) {
    return;
  }
  cluster.create(
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace, name: `${name}.${randomBytes(8).toString('hex')}` },
      involvedObject: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: time,
      lastTimestamp: time,
      source: { component },
      reportingComponent: component,
      reportingInstance: component,
    },
    component,
  );
}
