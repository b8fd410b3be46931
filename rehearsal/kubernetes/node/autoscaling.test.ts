import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../ports.ts';
import { shell, startCluster, type TestCluster, until } from './testing.ts';

jest.setTimeout(30_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

const get = (kind: string, name: string): KubeObject | undefined =>
  cluster.store.get({ kind, namespace: 'moodle', name });
const replicasOf = (name: string) => get('Deployment', name)?.spec?.replicas;

/** A Deployment whose pods no node takes: only its number is looked at. */
function deployment(name: string): void {
  const pod = shell('true', {}, { nodeSelector: { 'kubernetes.azure.com/agentpool': 'none' } });
  const template = { metadata: { labels: { app: name } }, spec: pod };
  const spec = { selector: { matchLabels: { app: name } }, template };
  cluster.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec });
}

function scaledObject(name: string, minReplicaCount: number, maxReplicaCount: number): void {
  const labels = { 'app.kubernetes.io/managed-by': 'somebody' };
  const triggers = [{ type: 'cpu', metricType: 'Utilization', metadata: { value: '60' } }];
  const spec = { scaleTargetRef: { name }, minReplicaCount, maxReplicaCount, triggers };
  cluster.apply({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name, labels }, spec });
}

describe('KEDA and the autoscaler', () => {
  test('the number of pods is kept between the bounds, by the scale subresource', async () => {
    deployment('web');
    expect(replicasOf('web')).toBe(1);
    scaledObject('web', 3, 5);
    await until(() => replicasOf('web') === 3, 'the least number of pods');
    const fields = get('Deployment', 'web')?.metadata.managedFields as { manager: string; subresource?: string }[];
    expect(fields).toContainEqual(
      expect.objectContaining({ manager: 'kube-controller-manager', subresource: 'scale', operation: 'Update' }),
    );
    scaledObject('web', 1, 2);
    await until(() => replicasOf('web') === 2, 'the greatest number of pods');
  });

  test('the autoscaler is KEDA’s, bears the labels of its ScaledObject, and says that it has no metrics', async () => {
    const hpa = await until(() => get('HorizontalPodAutoscaler', 'keda-hpa-web'));
    expect(hpa.metadata.labels).toMatchObject({
      'app.kubernetes.io/managed-by': 'somebody',
      'scaledobject.keda.sh/name': 'web',
    });
    expect(hpa.metadata.ownerReferences).toMatchObject([{ kind: 'ScaledObject', name: 'web', controller: true }]);
    await until(() => get('HorizontalPodAutoscaler', 'keda-hpa-web')?.status?.desiredReplicas === 2);
    expect(JSON.stringify(get('HorizontalPodAutoscaler', 'keda-hpa-web')?.status)).toContain('FailedGetResourceMetric');
    await until(() => JSON.stringify(get('ScaledObject', 'web')?.status).includes('ScaledObjectReady'));
  });

  test('the clock: all pods between two moments, the fewest before and after', async () => {
    const setClock = (now: string): void => {
      const ref = { kind: 'ConfigMap', namespace: 'kube-system', name: 'keda-clock' };
      const metadata = { name: ref.name, namespace: ref.namespace };
      if (cluster.store.get(ref) === undefined)
        cluster.store.create({ apiVersion: 'v1', kind: ref.kind, metadata, data: { now } }, 'test');
      else cluster.store.update(ref, (draft) => Object.assign(draft, { data: { now } }), { manager: 'test' });
    };
    deployment('exam');
    setClock('2027-01-18T07:14:59Z');
    const cron = { timezone: 'Etc/UTC', start: '15 7 18 1 *', end: '0 11 18 1 *', desiredReplicas: '7' };
    const triggers = [
      { type: 'cpu', metricType: 'Utilization', metadata: { value: '60' } },
      { type: 'cron', metadata: cron },
    ];
    const spec = { scaleTargetRef: { name: 'exam' }, minReplicaCount: 2, maxReplicaCount: 7, triggers };
    cluster.apply({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 'exam' }, spec });
    await until(() => replicasOf('exam') === 2, 'the fewest pods before');
    setClock('2027-01-18T07:15:00Z');
    await until(() => replicasOf('exam') === 7, 'all pods from the start');
    setClock('2027-01-18T10:59:59Z');
    await until(() => replicasOf('exam') === 7, 'all pods until the end');
    setClock('2027-01-18T11:00:00Z');
    await until(() => replicasOf('exam') === 2, 'the fewest pods after');

    const every = { ...cron, start: '0 8 * * 1-5' };
    const odd = { ...spec, triggers: [{ type: 'cron', metadata: every }] };
    cluster.apply({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 'exam' }, spec: odd });
    await until(() => JSON.stringify(get('ScaledObject', 'exam')?.status).includes("the rehearsal's clock knows"));
  });

  test('without its target it is not ready', async () => {
    scaledObject('nobody', 1, 2);
    await until(() => JSON.stringify(get('ScaledObject', 'nobody')?.status ?? {}).includes('CheckFailed'));
    expect(get('HorizontalPodAutoscaler', 'keda-hpa-nobody')).toBeUndefined();
  });

  test('the autoscaler goes with the ScaledObject, the pods stay', async () => {
    cluster.store.delete({ kind: 'ScaledObject', namespace: 'moodle', name: 'web' });
    await until(() => get('ScaledObject', 'web') === undefined, 'the end of the ScaledObject');
    await until(() => get('HorizontalPodAutoscaler', 'keda-hpa-web') === undefined, 'the end of the autoscaler');
    expect(replicasOf('web')).toBe(2);
  });
});
