import { describe, expect, test } from '@jest/globals';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import {
  addOverlayLeftOver,
  keptSentence,
  listedThroughout,
  OVERLAY,
  ours,
  withInventory,
} from '../src/overlay-inventory.ts';

const own = (kind: string, name: string, more: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'moodle', labels: ours('web') },
  ...more,
});
const theirs = (kind: string, name: string, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'moodle' },
});
const marked = (object: KubeObject, component = 'web'): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, [OVERLAY]: component } },
});
const inventory = (...lines: string[]): KubeObject =>
  own('ConfigMap', 'moodle-web-overlay', { data: { objects: lines.join('\n') } });
const names = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);

/** A cluster that has some objects, and knows no others' kinds when they are `Gone`. */
function cluster(live: readonly KubeObject[]) {
  const asked: string[][] = [];
  const getAll: Kube['getAll'] = async (objects) => {
    asked.push(names(objects));
    if (objects.some(({ kind }) => kind === 'Gone'))
      throw new KubeError('unknown-kind', 'The cluster does not know it.');
    return live.filter(({ kind, metadata }) =>
      objects.some((o) => o.kind === kind && o.metadata.name === metadata.name),
    );
  };
  return { kube: { namespace: 'moodle', getAll } as unknown as Kube, asked };
}

/** Of no component, as ours is. */
const namespace: KubeObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'moodle', labels: { 'app.kubernetes.io/managed-by': 'moodle-high-scale' } },
};

describe('what is rendered', () => {
  test('what only the overlay has is marked, and listed after the namespace and before all else', () => {
    const rendered = [
      namespace,
      theirs('ServiceAccount', 'b'),
      own('Service', 'x'),
      theirs('Ingress', 'a', 'networking.k8s.io/v1'),
    ];
    const objects = withInventory(rendered, 'web', 'moodle');
    expect(names(objects)).toEqual([
      'Namespace/moodle',
      'ConfigMap/moodle-web-overlay',
      'ServiceAccount/b',
      'Service/x',
      'Ingress/a',
    ]);
    expect(objects[1]?.data).toEqual({ objects: 'networking.k8s.io/v1 Ingress a\nv1 ServiceAccount b' });
    expect(objects.map(({ metadata }) => metadata.labels?.[OVERLAY])).toEqual([
      undefined,
      undefined,
      'web',
      undefined,
      'web',
    ]);
  });

  test('an overlay that only changes ours needs no list', () => {
    const rendered = [own('Service', 'x')];
    expect(withInventory(rendered, 'web', 'moodle')).toEqual(rendered);
  });
});

describe('what is left over', () => {
  const compared = (live: KubeObject | undefined, leftOver: KubeObject[] = []) => ({
    pairs: [
      { rendered: inventory('v1 ConfigMap kept'), ...(live === undefined ? {} : { live }) },
      { rendered: marked(theirs('ConfigMap', 'kept')) },
    ],
    leftOver,
  });

  test('nothing is asked while the overlay has all that it had', async () => {
    const { kube, asked } = cluster([]);
    for (const live of [undefined, inventory('v1 ConfigMap kept'), own('ConfigMap', 'moodle-web-overlay')])
      expect(await addOverlayLeftOver(kube, compared(live))).toEqual({ comparison: compared(live), kept: [] });
    expect(asked).toEqual([]);
  });

  test('goes when it bears our mark, whatever its kind; another of the same name stays', async () => {
    const gateway = theirs('Gateway', 'old', 'networking.istio.io/v1');
    const { kube, asked } = cluster([marked(gateway), theirs('ConfigMap', 'taken')]);
    const live = inventory(
      'networking.istio.io/v1 Gateway old',
      'v1 ConfigMap taken',
      'v1 ConfigMap kept',
      'v1 Service never',
    );
    const { comparison, kept } = await addOverlayLeftOver(kube, compared(live, [own('Service', 'ours')]));
    expect(names(comparison.leftOver)).toEqual(['Service/ours', 'Gateway/old']);
    expect(kept).toEqual([]);
    expect(asked).toEqual([['Gateway/old', 'ConfigMap/taken', 'Service/never']]);
  });

  test('without the overlay the list goes too, last', async () => {
    const { kube } = cluster([marked(theirs('Service', 'extra'))]);
    const live = inventory('v1 Service extra');
    const { comparison } = await addOverlayLeftOver(kube, { pairs: [], leftOver: [live, own('Service', 'ours')] });
    expect(names(comparison.leftOver)).toEqual(['Service/ours', 'Service/extra', 'ConfigMap/moodle-web-overlay']);
  });

  test('what holds data, secrets and what is of the whole cluster stay, and each is said with how to delete it', async () => {
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'r' } };
    const objects = [theirs('PersistentVolumeClaim', 'c'), theirs('Secret', 's'), role];
    const { kube } = cluster(objects.map((object) => marked(object)));
    const lines = objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`);
    const { comparison, kept } = await addOverlayLeftOver(kube, compared(inventory(...lines)));
    expect(comparison.leftOver).toEqual([]);
    expect(kept.map((object) => keptSentence(object, 'moodle'))).toEqual([
      'PersistentVolumeClaim/c is no longer in the overlay, and stays in the cluster: its data would be lost. Delete it when nothing needs it: kubectl -n moodle delete persistentvolumeclaim c',
      'Secret/s is no longer in the overlay, and stays in the cluster: its value may be nowhere else. Delete it when nothing needs it: kubectl -n moodle delete secret s',
      'ClusterRole/r is no longer in the overlay, and stays in the cluster: it is of the whole cluster. Delete it when nothing needs it: kubectl delete clusterrole r',
    ]);
  });

  test('a kind that the cluster no longer knows has taken its objects along', async () => {
    const { kube } = cluster([marked(theirs('Service', 'extra'))]);
    const live = inventory('v1 Service extra', 'example.org/v1 Gone x');
    const { comparison } = await addOverlayLeftOver(kube, compared(live));
    expect(names(comparison.leftOver)).toEqual(['Service/extra']);
  });
});

describe('the list during an apply', () => {
  test('has what comes and what goes, until that is gone', () => {
    const last = inventory('v1 Service new');
    const service = marked(theirs('Service', 'new'));
    const { before, after } = listedThroughout([last, service], [marked(theirs('Service', 'old'))]);
    expect(before[0]?.data).toEqual({ objects: 'v1 Service new\nv1 Service old' });
    expect(before[1]).toBe(service);
    expect(after).toEqual([last]);
  });

  test('is written once when nothing of the overlay goes', () => {
    const apply = [inventory('v1 Service new')];
    expect(listedThroughout(apply, [own('Service', 'ours')])).toEqual({ before: apply, after: [] });
  });
});
