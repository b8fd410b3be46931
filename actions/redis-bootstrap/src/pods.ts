/** The StatefulSet and its pods as Kubernetes sees them. */
import { UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import { describeTrouble, podTroubles } from '#toolkit/kube/pod-troubles';
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

/** Reads the StatefulSet; undefined when there is none. */
export async function readRedisSet(kube: Kube, name: string): Promise<RedisSet | undefined> {
  const object = await kube.get({ kind: 'StatefulSet', name });
  return object === undefined ? undefined : redisSetOf(object);
}

/** The same from an object that is rendered or live. */
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

/** Zones by node name. Without the right to read nodes, placement goes by node name alone. */
export async function readZones(kube: Kube, log: Log): Promise<Map<string, string>> {
  try {
    const nodes = await kube.list({ kind: 'nodes' });
    return new Map(
      nodes.map(({ metadata }) => [metadata.name, metadata.labels?.['topology.kubernetes.io/zone'] ?? '']),
    );
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'forbidden') throw error;
    log.warning(`${error.message} Without it replicas are kept apart by node, but not by zone.`);
    return new Map();
  }
}

/** One view for every ordinal, also for pods that do not exist; none of them has been asked yet. */
export async function readPods(kube: Kube, set: RedisSet, zones: ReadonlyMap<string, string>): Promise<PodView[]> {
  const objects = await kube.list({ kind: 'pods', labels: set.labels });
  const byName = new Map(objects.map((object) => [object.metadata.name, object]));
  return Array.from({ length: set.replicas }, (_, ordinal) => {
    const pod = `${set.name}-${ordinal}`;
    const object = byName.get(pod);
    return object === undefined ? absent(pod) : podView(object, set.container, zones);
  });
}

function absent(pod: string): PodView {
  return { pod, node: '', zone: '', ip: '', redis: 'the pod does not exist' };
}

/** A pod that can be asked has an address and no reason for silence yet: its text is empty. */
function podView(object: KubeObject, container: string, zones: ReadonlyMap<string, string>): PodView {
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
