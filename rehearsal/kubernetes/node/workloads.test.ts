import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../ports.ts';
import { type Condition, isReady, podOf } from './objects.ts';
import { forever, shell, startCluster, type TestCluster, text, until } from './testing.ts';

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

function deployment(name: string, script: string, more: Record<string, unknown> = {}, container = {}) {
  return cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: shell(script, container) },
      ...more,
    },
  });
}

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

function complete(name: string): boolean {
  const object = get('Deployment', name);
  const { observedGeneration, updatedReplicas, replicas, availableReplicas } = status('Deployment', name);
  const wanted = object?.spec?.replicas;
  return (
    observedGeneration === object?.metadata.generation &&
    [updatedReplicas, replicas, availableReplicas].every((count) => count === wanted)
  );
}

describe('Deployment', () => {
  test('becomes available, with a ReplicaSet, a revision and the conditions kubectl reads', async () => {
    deployment('plain', forever);
    await until(() => complete('plain'), 'the rollout');
    expect(condition('Deployment', 'plain', 'Available')).toMatchObject({
      status: 'True',
      reason: 'MinimumReplicasAvailable',
    });
    expect(condition('Deployment', 'plain', 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
    });
    const sets = cluster.store.list('ReplicaSet', { namespace: 'moodle', labels: { app: 'plain' } });
    expect(sets.map((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision'])).toEqual(['1']);
    expect(podsOf('plain').every((pod) => pod.metadata.labels?.['pod-template-hash'] !== undefined)).toBe(true);
  });

  test('a rolling update with maxUnavailable 0 never has fewer ready pods than asked for', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    deployment('rolling', forever, { strategy });
    await until(() => complete('rolling'), 'the first rollout');
    let fewest = 2;
    let most = 0;
    const stop = cluster.store.watch('Pod', () => {
      const pods = podsOf('rolling').filter((pod) => pod.metadata.deletionTimestamp === undefined);
      fewest = Math.min(fewest, pods.filter(isReady).length);
      most = Math.max(most, pods.length);
    });
    deployment('rolling', `true; ${forever}`, { strategy });
    await until(() => complete('rolling'), 'the second rollout');
    stop();
    expect([fewest, most]).toEqual([2, 3]);
    const sets = cluster.store.list('ReplicaSet', { namespace: 'moodle', labels: { app: 'rolling' } });
    expect(sets.map((set) => Number(set.spec?.replicas)).sort()).toEqual([0, 2]);
    expect(get('Deployment', 'rolling')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  });

  test('going back to an earlier template uses its ReplicaSet again as the newest revision', async () => {
    deployment('rolling', forever, {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    await until(() => complete('rolling'), 'the third rollout');
    const sets = cluster.store.list('ReplicaSet', { namespace: 'moodle', labels: { app: 'rolling' } });
    expect(sets.map((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision']).sort()).toEqual([
      '2',
      '3',
    ]);
  });

  test('Recreate has no new pod before every old one has gone', async () => {
    const strategy = { type: 'Recreate' };
    deployment('recreate', forever, { strategy, replicas: 1 });
    await until(() => complete('recreate'), 'the first rollout');
    let most = 0;
    const stop = cluster.store.watch('Pod', () => {
      most = Math.max(most, podsOf('recreate').length);
    });
    deployment('recreate', `true; ${forever}`, { strategy, replicas: 1 });
    await until(() => complete('recreate'), 'the second rollout');
    stop();
    expect(most).toBe(1);
  });

  test('a new template that never becomes ready exceeds its progress deadline and leaves the old pods alone', async () => {
    deployment('stuck', forever, { progressDeadlineSeconds: 1 });
    await until(() => complete('stuck'), 'the first rollout');
    const readinessProbe = { exec: { command: ['false'] }, periodSeconds: 1 };
    deployment('stuck', forever, { progressDeadlineSeconds: 1 }, { readinessProbe });
    const progressing = await until(() => {
      const found = condition('Deployment', 'stuck', 'Progressing');
      return found?.reason === 'ProgressDeadlineExceeded' && found;
    });
    expect(progressing.status).toBe('False');
    expect(podsOf('stuck').filter(isReady)).toHaveLength(2);
    expect(condition('Deployment', 'stuck', 'Available')?.status).toBe('True');
  });

  test('a missing service account is told by an Event, and the pods come when it is there', async () => {
    const spec = { ...shell(forever), serviceAccountName: 'moodle' };
    const template = { metadata: { labels: { app: 'account' } }, spec };
    deployment('account', forever, { replicas: 1, template });
    const event = await until(() =>
      cluster.store.list('Event', { namespace: 'moodle' }).find((candidate) => candidate.reason === 'FailedCreate'),
    );
    expect(event.message).toContain('serviceaccount "moodle" not found');
    cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'moodle' } });
    await until(() => complete('account'), 'the rollout');
  });

  test('its deletion takes ReplicaSets and pods along', async () => {
    cluster.store.delete({ kind: 'Deployment', namespace: 'moodle', name: 'plain' });
    await until(() => podsOf('plain').length === 0, 'the pods to go');
    expect(cluster.store.list('ReplicaSet', { namespace: 'moodle', labels: { app: 'plain' } })).toEqual([]);
  });
});

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

describe('Job', () => {
  function job(name: string, script: string, more: Record<string, unknown> = {}, restartPolicy = 'Never') {
    const template = { spec: shell(script, {}, { restartPolicy }) };
    cluster.apply({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template, ...more } });
  }

  test('success: conditions, counts, and pods found by the generated selector', async () => {
    job('fine', 'echo done');
    await until(() => condition('Job', 'fine', 'Complete')?.status === 'True', 'completion');
    expect(condition('Job', 'fine', 'SuccessCriteriaMet')?.status).toBe('True');
    expect(status('Job', 'fine')).toMatchObject({
      succeeded: 1,
      completionTime: expect.any(String),
      startTime: expect.any(String),
    });
    expect(status('Job', 'fine').active).toBeUndefined();
    const { matchLabels } = (get('Job', 'fine')?.spec?.selector ?? {}) as { matchLabels: Record<string, string> };
    const [pod] = cluster.store.list('Pod', { namespace: 'moodle', labels: matchLabels });
    const log = await cluster.nodes.logs({ namespace: 'moodle', pod: pod?.metadata.name ?? '' }, { follow: true });
    expect(await text(log)).toBe('done\n');
  });

  test('failure: retried up to backoffLimit, then Failed', async () => {
    job('doomed', 'exit 1', { backoffLimit: 1 });
    const failed = await until(() => condition('Job', 'doomed', 'Failed'));
    expect(failed).toMatchObject({
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    });
    expect(condition('Job', 'doomed', 'FailureTarget')?.status).toBe('True');
    expect(status('Job', 'doomed').failed).toBe(2);
  });

  test('restartPolicy OnFailure: restarts in the same pod count against the limit', async () => {
    job('restarting', 'exit 1', { backoffLimit: 1 }, 'OnFailure');
    await until(() => condition('Job', 'restarting', 'Failed'), 'the failure');
    const pods = cluster.store.list('Pod', { namespace: 'moodle', labels: { 'job-name': 'restarting' } });
    expect(pods.length).toBeLessThanOrEqual(1);
  });

  test('activeDeadlineSeconds ends a Job that takes too long, and its pod', async () => {
    job('slow', forever, { activeDeadlineSeconds: 1 });
    const failed = await until(() => condition('Job', 'slow', 'Failed'));
    expect(failed.reason).toBe('DeadlineExceeded');
    const labels = { 'batch.kubernetes.io/job-name': 'slow' };
    await until(() => cluster.store.list('Pod', { namespace: 'moodle', labels }).length === 0, 'the pod to go');
  });

  test('what is not implemented fails the Job by its name', async () => {
    job('policy', 'true', { podFailurePolicy: { rules: [] } });
    const failed = await until(() => condition('Job', 'policy', 'Failed'));
    expect(failed.message).toBe('The rehearsal does not implement spec.podFailurePolicy of a Job.');
  });
});

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
    expect(scheduled.message).toBe("0/15 nodes are available: 15 node(s) didn't match Pod's node affinity/selector.");
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
      shell(forever, {}, { affinity, nodeSelector: { 'kubernetes.azure.com/agentpool': 'redis' } }),
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
    const spec = { maxUnavailable: 1, selector: { matchLabels: { app: 'redis' } } };
    cluster.apply({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'redis' }, spec });
    await until(() => status('PodDisruptionBudget', 'redis').currentHealthy === 6, 'the count');
    expect(status('PodDisruptionBudget', 'redis')).toMatchObject({
      expectedPods: 6,
      desiredHealthy: 5,
      disruptionsAllowed: 1,
    });
  });
});
