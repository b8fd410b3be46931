/** Who runs in the cluster, for faults that hit pods. */
import type { ClusterStore } from '../kubernetes/store.ts';
import type { RunningPod } from './moments.ts';

/** The pods that run, with the first processes of their containers. */
export function podsOf(store: ClusterStore): RunningPod[] {
  const zones = new Map(
    store.list('Node').map(({ metadata }) => [metadata.name, metadata.labels?.['topology.kubernetes.io/zone'] ?? '']),
  );
  return store.list('Pod').flatMap(({ metadata, spec, status }) => {
    const containers = (status?.containerStatuses ?? []) as { containerID?: string; state?: { running?: object } }[];
    const pids = containers
      .filter(({ state }) => state?.running !== undefined)
      .map(({ containerID = '' }) => Number(containerID.replace('rehearsal://', '')));
    return pids.length === 0 ? [] : [{ name: metadata.name, zone: zones.get(String(spec?.nodeName)) ?? '', pids }];
  });
}
