import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../ports.ts';
import { isReady, podOf } from './objects.ts';
import { forever, shell, startCluster, type TestCluster, until } from './testing.ts';

jest.setTimeout(30_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

const get = (kind: string, name: string): KubeObject | undefined =>
  cluster.store.get({ kind, namespace: 'moodle', name });
const status = (kind: string, name: string) => (get(kind, name)?.status ?? {}) as Record<string, unknown>;
const podsOf = (app: string) => cluster.store.list('Pod', { namespace: 'moodle', labels: { app } }).map(podOf);

function statefulSet(name: string, spec: Record<string, unknown>, template: Record<string, unknown> = shell(forever)) {
  return cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      serviceName: name,
      selector: { matchLabels: { app: name } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      template: { metadata: { labels: { app: name } }, spec: template },
      ...spec,
    },
  });
}

describe('StatefulSet', () => {
  test('six Redis servers in parallel answer PING at addresses of their own', async () => {
    const container = {
      name: 'redis',
      image: 'redis:7.2',
      args: ['--cluster-enabled', 'yes'],
      readinessProbe: { exec: { command: ['redis-cli', 'ping'] }, periodSeconds: 5 },
    };
    const template = { terminationGracePeriodSeconds: 5, containers: [container] };
    statefulSet('redis', { replicas: 6, podManagementPolicy: 'Parallel' }, template);
    await until(() => status('StatefulSet', 'redis').readyReplicas === 6, 'six ready pods');
    const answers = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((index) => cluster.run(`redis-${index}`, ['redis-cli', 'ping'])),
    );
    expect(answers.map((answer) => answer.out)).toEqual(Array(6).fill('PONG\n'));
    expect(new Set(podsOf('redis').map((pod) => pod.status.podIP)).size).toBe(6);
    expect(podsOf('redis')[0]?.metadata.labels).toMatchObject({
      'apps.kubernetes.io/pod-index': '0',
      'statefulset.kubernetes.io/pod-name': 'redis-0',
    });
  });

  test('OrderedReady starts each pod only when the one before is ready, and scales down from the top', async () => {
    const seen: string[] = [];
    const stop = cluster.store.watch('Pod', ({ type, object }) => {
      if (object.metadata.labels?.app === 'ordered' && (type !== 'MODIFIED' || isReady(podOf(object)))) {
        const line = `${type === 'MODIFIED' ? 'ready' : type.toLowerCase()} ${object.metadata.name.slice(-1)}`;
        if (object.metadata.deletionTimestamp === undefined || type === 'DELETED') {
          seen.push(...(seen.at(-1) === line ? [] : [line]));
        }
      }
    });
    statefulSet('ordered', { replicas: 3 });
    await until(() => status('StatefulSet', 'ordered').readyReplicas === 3, 'three ready pods');
    statefulSet('ordered', { replicas: 1 });
    await until(() => podsOf('ordered').length === 1, 'one pod');
    stop();
    expect(seen).toEqual(['added 0', 'ready 0', 'added 1', 'ready 1', 'added 2', 'ready 2', 'deleted 2', 'deleted 1']);
  });

  test('an update goes from the top, one at a time, and the new pod has the old name and another address', async () => {
    statefulSet('update', { replicas: 3, podManagementPolicy: 'Parallel' });
    await until(() => status('StatefulSet', 'update').readyReplicas === 3, 'three ready pods');
    const before = Object.fromEntries(podsOf('update').map((pod) => [pod.metadata.name, pod.status.podIP]));
    const deleted: string[] = [];
    let fewest = 3;
    const stop = cluster.store.watch('StatefulSet', ({ object }) => {
      if (object.metadata.name === 'update') {
        fewest = Math.min(fewest, Number(object.status?.readyReplicas ?? 0));
      }
    });
    const stopPods = cluster.store.watch('Pod', ({ type, object }) => {
      if (type === 'DELETED' && object.metadata.labels?.app === 'update') {
        deleted.push(object.metadata.name);
      }
    });
    statefulSet('update', { replicas: 3, podManagementPolicy: 'Parallel' }, shell(`true; ${forever}`));
    await until(() => {
      const { currentRevision, updateRevision, observedGeneration } = status('StatefulSet', 'update');
      return currentRevision === updateRevision && observedGeneration === 2 && deleted.length === 3;
    }, 'the update');
    stop();
    stopPods();
    expect(deleted).toEqual(['update-2', 'update-1', 'update-0']);
    expect(fewest).toBe(2);
    expect(podsOf('update').every((pod) => pod.status.podIP !== before[pod.metadata.name])).toBe(true);
  });

  test('a partition holds back the pods below it', async () => {
    const held = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
    statefulSet('held', { replicas: 2, podManagementPolicy: 'Parallel', updateStrategy: held });
    await until(() => status('StatefulSet', 'held').readyReplicas === 2, 'two ready pods');
    statefulSet(
      'held',
      { replicas: 2, podManagementPolicy: 'Parallel', updateStrategy: held },
      shell(`true; ${forever}`),
    );
    await until(
      () => status('StatefulSet', 'held').updatedReplicas === 1 && status('StatefulSet', 'held').readyReplicas === 2,
    );
    const hashes = podsOf('held').map((pod) => pod.metadata.labels?.['controller-revision-hash']);
    const { currentRevision, updateRevision } = status('StatefulSet', 'held');
    expect(hashes).toEqual([currentRevision, updateRevision]);
  });

  test('a claim for each pod keeps its data over the pod’s deletion, in the zone of its disk', async () => {
    const claim = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'managed-csi',
      resources: { requests: { storage: '4Gi' } },
    };
    const mount = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    statefulSet(
      'disk',
      { replicas: 1, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }] },
      shell(`test -e /data/first || hostname > /data/first; ${forever}`, mount),
    );
    await until(() => status('StatefulSet', 'disk').readyReplicas === 1, 'the pod');
    const [first] = podsOf('disk');
    expect(status('PersistentVolumeClaim', 'data-disk-0')).toMatchObject({
      phase: 'Bound',
      capacity: { storage: '4Gi' },
    });
    await cluster.run('disk-0', ['sh', '-c', 'echo kept > /data/kept']);
    cluster.store.delete({ kind: 'Pod', namespace: 'moodle', name: 'disk-0' });
    await until(
      () =>
        podsOf('disk')[0]?.metadata.uid !== first?.metadata.uid && status('StatefulSet', 'disk').readyReplicas === 1,
    );
    expect((await cluster.run('disk-0', ['cat', '/data/first', '/data/kept'])).out).toBe('disk-0\nkept\n');
    const zone = (name: string | undefined) =>
      cluster.store.get({ kind: 'Node', name: name ?? '' })?.metadata.labels?.['topology.kubernetes.io/zone'];
    expect(zone(podsOf('disk')[0]?.spec.nodeName)).toBe(zone(first?.spec.nodeName));
  });
});
