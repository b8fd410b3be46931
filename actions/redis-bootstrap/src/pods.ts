/** The StatefulSet and its pods as Kubernetes sees them. */
import { UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import { podTroubles } from '#toolkit/kube/pod-troubles';
import { describeTrouble } from '#toolkit/kube/trouble';
import type { Log } from '#toolkit/log';
import type { PodView } from './cluster-view.ts';

/** What of a StatefulSet is of interest here. */
export interface RedisSet {
  name: string;
  replicas: number;
  /** The headless Service that gives the pods their names. */
  serviceName: string;
  /** The container that has the server and the command line client. */
  container: string;
  labels: Readonly<Record<string, string>>;
}

interface StatefulSetSpec {
  replicas?: number;
  serviceName?: string;
  selector?: { matchLabels?: Record<string, string> };
  template?: { spec?: { containers?: { name: string }[] } };
}

interface PodBody {
  spec?: { nodeName?: string };
  status?: { phase?: string; podIP?: string; containerStatuses?: { name: string; state?: { running?: object } }[] };
}

/** What of a StatefulSet, rendered or live, is of interest here. */
export function redisSetOf(object: KubeObject): RedisSet {
  const spec = (object.spec ?? {}) as StatefulSetSpec;
  const container = spec.template?.spec?.containers?.[0]?.name;
  if (container === undefined) throw new UserError(`StatefulSet "${object.metadata.name}" has no container.`);
  return {
    name: object.metadata.name,
    replicas: spec.replicas ?? 1,
    serviceName: spec.serviceName ?? '',
    container,
    labels: spec.selector?.matchLabels ?? {},
  };
}

/** The StatefulSet with its pods and their machines, as Kubernetes has them. */
export interface Snapshot {
  /** Absent when there is no such StatefulSet. */
  set?: KubeObject;
  pods: readonly KubeObject[];
  /** By node name; empty without the right to read nodes. */
  zones: ReadonlyMap<string, string>;
}

const KINDS = 'statefulsets,pods';

/** Everything in one call. Without the right to read nodes, placement goes by node name alone. */
export async function readSnapshot(kube: Kube, name: string, log: Log): Promise<Snapshot> {
  let objects: KubeObject[];
  try {
    objects = await kube.list({ kind: `${KINDS},nodes` });
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'forbidden' || !/\bnodes\b/.test(error.message)) throw error;
    log.warning(`${error.message} Without it replicas are kept apart by node, but not by zone.`);
    objects = await kube.list({ kind: KINDS });
  }
  const ofKind = (wanted: string): KubeObject[] => objects.filter(({ kind }) => kind === wanted);
  const set = ofKind('StatefulSet').find(({ metadata }) => metadata.name === name);
  const zones = ofKind('Node').map(({ metadata }): [string, string] => [
    metadata.name,
    metadata.labels?.['topology.kubernetes.io/zone'] ?? '',
  ]);
  return { ...(set === undefined ? {} : { set }), pods: ofKind('Pod'), zones: new Map(zones) };
}

/** The pods of the set, looked up anew. */
export function listPods(kube: Kube, { labels }: RedisSet): Promise<KubeObject[]> {
  return kube.list({ kind: 'pods', labels });
}

/** One view for every ordinal, also for pods that do not exist; none of them has been asked yet. */
export function podViews(
  objects: readonly KubeObject[],
  set: RedisSet,
  { zones, port }: { zones: ReadonlyMap<string, string>; port: number },
): PodView[] {
  const byName = new Map(objects.map((object) => [object.metadata.name, object]));
  return Array.from({ length: set.replicas }, (_, ordinal) => {
    const pod = `${set.name}-${ordinal}`;
    const object = byName.get(pod);
    if (object === undefined) return { ...absent(pod), port };
    return { ...podView(object, set.container, zones), port };
  });
}

function absent(pod: string): Omit<PodView, 'port'> {
  return { pod, node: '', zone: '', ip: '', redis: 'the pod does not exist' };
}

/** A pod that can be asked has an address and no reason for silence yet: its text is empty. */
function podView(object: KubeObject, container: string, zones: ReadonlyMap<string, string>): Omit<PodView, 'port'> {
  const { spec, status } = object as PodBody;
  const node = spec?.nodeName ?? '';
  const running = status?.containerStatuses?.find(({ name }) => name === container)?.state?.running !== undefined;
  const [trouble] = podTroubles(object);
  const silence =
    trouble !== undefined
      ? describeTrouble(trouble)
      : object.metadata.deletionTimestamp !== undefined
        ? 'the pod is being deleted'
        : running && status?.podIP
          ? ''
          : `the pod is ${status?.phase ?? 'Pending'}`;
  return { pod: object.metadata.name, node, zone: zones.get(node) ?? '', ip: status?.podIP ?? '', redis: silence };
}

/** The names that clients use. They stay when pods move; the addresses do not. */
export function seedsOf(
  set: Pick<RedisSet, 'name' | 'serviceName' | 'replicas'>,
  namespace: string,
  port: number,
): string {
  return Array.from(
    { length: set.replicas },
    (_, ordinal) => `${set.name}-${ordinal}.${set.serviceName}.${namespace}.svc.cluster.local:${port}`,
  ).join(',');
}
