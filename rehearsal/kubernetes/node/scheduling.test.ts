import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../ports.ts';
import { type Condition, podOf } from './objects.ts';
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
const condition = (kind: string, name: string, type: string) =>
  (status(kind, name).conditions as Condition[] | undefined)?.find((candidate) => candidate.type === type);
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

describe('scheduling and claims', () => {
  test('a pod that fits no node stays Pending with the reason, also as an Event', async () => {
    cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'homeless' },
      spec: shell('true', {}, { nodeSelector: { agentpool: 'gpu' } }),
    });
    const scheduled = await until(() => condition('Pod', 'homeless', 'PodScheduled'));
    expect(scheduled).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    expect(scheduled.message).toBe(
      "0/18 nodes are available: 3 node(s) didn't match Pod's node affinity/selector, 3 node(s) had untolerated taint {CriticalAddonsOnly: true}, 3 node(s) had untolerated taint {workload: jobs}, 3 node(s) had untolerated taint {workload: pgbouncer}, 6 node(s) had untolerated taint {workload: redis}.",
    );
    expect(status('Pod', 'homeless').phase).toBe('Pending');
    const reasons = cluster.store.list('Event', { namespace: 'moodle' }).map((event) => event.reason);
    expect(reasons).toContain('FailedScheduling');
  });

  test('a pool’s nodes get the pods that select it, one a node by anti-affinity, and the seventh none', async () => {
    const term = { labelSelector: { matchLabels: { app: 'apart' } }, topologyKey: 'kubernetes.io/hostname' };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    statefulSet(
      'apart',
      { replicas: 7, podManagementPolicy: 'Parallel' },
      shell(
        forever,
        {},
        {
          affinity,
          nodeSelector: { 'kubernetes.azure.com/agentpool': 'redis' },
          tolerations: [{ operator: 'Exists' }],
        },
      ),
    );
    await until(() => status('StatefulSet', 'apart').readyReplicas === 6, 'six ready pods');
    const nodes = podsOf('apart').flatMap((pod) => pod.spec.nodeName ?? []);
    expect(new Set(nodes).size).toBe(6);
    expect(nodes.every((node) => node.startsWith('aks-redis-'))).toBe(true);
    expect(condition('Pod', 'apart-6', 'PodScheduled')?.message).toContain(
      "6 node(s) didn't match pod anti-affinity rules",
    );
  });

  test('a claim of an unknown class stays Pending and says why', async () => {
    const spec = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'gold',
      resources: { requests: { storage: '1Gi' } },
    };
    cluster.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'gold' }, spec });
    await until(() =>
      cluster.store
        .list('Event', { namespace: 'moodle' })
        .some(({ message }) => message === 'storageclass.storage.k8s.io "gold" not found'),
    );
    expect(status('PersistentVolumeClaim', 'gold').phase).toBe('Pending');
  });

  test('a claim binds the volume it names', async () => {
    const volume = {
      capacity: { storage: '100Gi' },
      accessModes: ['ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
    };
    cluster.store.create(
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'share' },
        spec: { ...volume, csi: { driver: 'file.csi.azure.com', volumeHandle: 'x' } },
      },
      'test',
    );
    cluster.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'share' },
      spec: {
        accessModes: ['ReadWriteMany'],
        storageClassName: '',
        volumeName: 'share',
        resources: { requests: { storage: '100Gi' } },
      },
    });
    await until(() => status('PersistentVolumeClaim', 'share').phase === 'Bound', 'the binding');
    expect(cluster.store.get({ kind: 'PersistentVolume', name: 'share' })?.status?.phase).toBe('Bound');
    cluster.store.delete({ kind: 'PersistentVolumeClaim', namespace: 'moodle', name: 'share' });
    await until(
      () => cluster.store.get({ kind: 'PersistentVolume', name: 'share' })?.status?.phase === 'Released',
      'the release',
    );
  });

  test('a released volume is not given to a claim of the same name', async () => {
    const spec = {
      accessModes: ['ReadWriteMany'],
      storageClassName: '',
      volumeName: 'share',
      resources: { requests: { storage: '100Gi' } },
    };
    cluster.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'share' }, spec });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(status('PersistentVolumeClaim', 'share').phase).not.toBe('Bound');
  });

  test('a disruption budget counts the pods it covers', async () => {
    const spec = { maxUnavailable: 1, selector: { matchLabels: { app: 'apart' } } };
    cluster.apply({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'apart' }, spec });
    await until(() => status('PodDisruptionBudget', 'apart').currentHealthy === 6, 'the count');
    expect(status('PodDisruptionBudget', 'apart')).toMatchObject({
      expectedPods: 7,
      desiredHealthy: 6,
      disruptionsAllowed: 0,
    });
  });
});
