import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../ports.ts';
import { type Condition, isReady, podOf } from './objects.ts';
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
