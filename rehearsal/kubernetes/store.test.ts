import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClusterStore, type Draft } from './store.ts';

function configMap(name: string, extra: Partial<Draft> = {}): Draft {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { a: '1' }, ...extra };
}

function pod(name: string, owner?: { uid: string; name: string }): Draft {
  const ownerReferences = owner && [{ apiVersion: 'apps/v1', kind: 'StatefulSet', controller: true, ...owner }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'redis' }, ...(ownerReferences ? { ownerReferences } : {}) },
    spec: { nodeName: 'node-0', containers: [{ name: 'redis', image: 'redis' }] },
    status: { phase: 'Running' },
  };
}

function statefulSet(name: string): Draft {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 2,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'redis', image: 'redis' }] },
      },
    },
  };
}

describe('writes', () => {
  test('create gives uid, creation time, resource version and, where the kind has it, generation', () => {
    const store = new ClusterStore({ now: () => new Date('2026-11-24T06:00:00.250Z') });
    const created = store.create(statefulSet('redis'), 'm');
    expect(created.metadata).toMatchObject({ generation: 1, creationTimestamp: '2026-11-24T06:00:00Z' });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.metadata.resourceVersion).toBe(String(store.version));
    expect(store.create(configMap('c'), 'm').metadata.generation).toBeUndefined();
  });

  test('create refuses a taken name, a missing namespace and a namespace that is ending', () => {
    const store = new ClusterStore();
    store.create(configMap('c'), 'm');
    expect(() => store.create(configMap('c'), 'm')).toThrow('configmaps "c" already exists');
    const elsewhere = configMap('c', { metadata: { name: 'c', namespace: 'x' } });
    expect(() => store.create(elsewhere, 'm')).toThrow('namespaces "x" not found');
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }, 'm');
    store.create({ ...pod('p'), metadata: { name: 'p', namespace: 'x' } }, 'm');
    store.delete({ kind: 'Namespace', name: 'x' });
    expect(() => store.create(elsewhere, 'm')).toThrow('because it is being terminated');
  });

  test('in-process writers are held to the rules of the kind', () => {
    const store = new ClusterStore();
    expect(() => store.create({ ...pod('p'), spec: { containers: [] } }, 'm')).toThrow(
      'Pod "p" is invalid: spec.containers: Required value',
    );
    store.create(pod('p'), 'm');
    const wrong = (draft: object) => Object.assign(draft, { status: { fase: 'Running' } });
    const options = { manager: 'm', subresource: 'status' } as const;
    expect(() => store.update({ kind: 'Pod', namespace: 'default', name: 'p' }, wrong, options)).toThrow(
      '.status.fase: field not declared in schema',
    );
  });

  test('generateName makes a fresh name', () => {
    const store = new ClusterStore();
    const draft = { ...configMap('c'), metadata: { generateName: 'job-', namespace: 'default' } as Draft['metadata'] };
    expect(store.create(draft, 'm').metadata.name).toMatch(/^job-[a-z0-9]{5}$/);
  });

  test('generation counts spec changes only, and an equal write is no change', () => {
    const store = new ClusterStore();
    store.create(statefulSet('redis'), 'm');
    const ref = { kind: 'StatefulSet', namespace: 'default', name: 'redis' };
    const scaled = store.update(ref, (draft) => Object.assign(draft.spec ?? {}, { replicas: 3 }), { manager: 'm' });
    expect(scaled?.metadata.generation).toBe(2);
    const status = { manager: 'm', subresource: 'status' } as const;
    const ready = store.update(ref, (draft) => Object.assign(draft, { status: { replicas: 3 } }), status);
    expect(ready?.metadata.generation).toBe(2);
    const version = store.version;
    store.update(ref, (draft) => Object.assign(draft, { status: { replicas: 3 } }), status);
    expect(store.version).toBe(version);
  });

  test('a status write leaves spec alone, a spec write leaves status alone', () => {
    const store = new ClusterStore();
    store.create(statefulSet('redis'), 'm');
    const ref = { kind: 'StatefulSet', namespace: 'default', name: 'redis' };
    const both = (draft: { spec?: object; status?: object }) => {
      draft.spec = { ...draft.spec, replicas: 9 };
      draft.status = { replicas: 9 };
    };
    const afterStatus = store.update(ref, both as never, { manager: 'm', subresource: 'status' });
    expect([afterStatus?.spec?.replicas, afterStatus?.status?.replicas]).toEqual([2, 9]);
    const wrong = (draft: object) => Object.assign(draft, { status: { replicas: 1 } });
    expect(store.update(ref, wrong, { manager: 'm' })?.status?.replicas).toBe(9);
  });

  test('copies handed out do not reach the stored object', () => {
    const store = new ClusterStore();
    store.create(configMap('c'), 'm');
    const copy = store.get({ kind: 'ConfigMap', namespace: 'default', name: 'c' });
    Object.assign(copy?.data ?? {}, { a: 'changed' });
    expect(store.list('ConfigMap', { namespace: 'default' })[0]?.data).toEqual({ a: '1' });
  });

  test('list selects by namespace and by every label', () => {
    const store = new ClusterStore();
    store.create(pod('b'), 'm');
    store.create(pod('a'), 'm');
    expect(store.list('Pod', { labels: { app: 'redis' } }).map((found) => found.metadata.name)).toEqual(['a', 'b']);
    expect(store.list('Pod', { labels: { app: 'redis', tier: 'x' } })).toEqual([]);
    expect(store.list('Pod', { namespace: 'kube-system' })).toEqual([]);
  });
});

describe('watch', () => {
  test('tells every change in the order of resource versions, also when a listener writes', () => {
    const store = new ClusterStore();
    const seen: string[] = [];
    store.watch('Pod', ({ object, type }) => {
      if (type === 'ADDED' && object.metadata.name === 'a') {
        store.create(pod('b'), 'm');
      }
    });
    const stop = store.watch('*', ({ type, object }) => seen.push(`${type} ${object.kind} ${object.metadata.name}`));
    store.create(pod('a'), 'm');
    stop();
    store.create(configMap('c'), 'm');
    expect(seen).toEqual(['ADDED Pod a', 'ADDED Pod b']);
  });

  test('forgets changes that are too old and says so', () => {
    const store = new ClusterStore();
    store.create(configMap('c'), 'm');
    const early = store.version;
    for (let count = 0; count < 4200; count += 1) {
      store.discard({ kind: 'ConfigMap', namespace: 'default', name: 'c' });
      store.insert({ ...configMap('c'), metadata: { name: 'c', namespace: 'default' } } as never);
    }
    expect(store.changesSince(early)).toBeUndefined();
    expect(store.changesSince(store.version - 2)).toHaveLength(2);
  });
});

describe('deletion', () => {
  test('a running pod stays until it is removed; DELETED carries a new resource version', () => {
    const store = new ClusterStore();
    const { resourceVersion } = store.create(pod('p'), 'm').metadata;
    const ref = { kind: 'Pod', namespace: 'default', name: 'p' };
    store.delete(ref);
    expect(store.get(ref)?.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
    let last = '';
    store.watch('Pod', ({ type, object }) => {
      last = `${type} ${Number(object.metadata.resourceVersion) > Number(resourceVersion)}`;
    });
    store.remove(ref);
    expect(last).toBe('DELETED true');
  });

  test('a pod without grace, an ended pod and an unscheduled pod go at once', () => {
    const store = new ClusterStore();
    store.create(pod('killed'), 'm');
    store.create({ ...pod('ended'), status: { phase: 'Succeeded' } }, 'm');
    store.create(
      { ...pod('waiting'), spec: { containers: [{ name: 'redis', image: 'redis' }] }, status: { phase: 'Pending' } },
      'm',
    );
    store.delete({ kind: 'Pod', namespace: 'default', name: 'killed' }, { gracePeriodSeconds: 0 });
    store.delete({ kind: 'Pod', namespace: 'default', name: 'ended' });
    store.delete({ kind: 'Pod', namespace: 'default', name: 'waiting' });
    expect(store.list('Pod')).toEqual([]);
  });

  test('dependents follow their owner: in the background, before it, or not at all', () => {
    const store = new ClusterStore();
    const ref = { kind: 'StatefulSet', namespace: 'default', name: 'redis' };
    const podRef = { kind: 'Pod', namespace: 'default', name: 'redis-0' };
    const start = () => {
      const { uid } = store.create(statefulSet('redis'), 'm').metadata;
      return store.create(pod('redis-0', { uid, name: 'redis' }), 'm');
    };
    start();
    store.delete(ref);
    expect(store.get(ref)).toBeUndefined();
    expect(store.get(podRef)?.metadata.deletionTimestamp).toBeDefined();
    store.remove(podRef);

    start();
    store.delete(ref, { propagation: 'Foreground' });
    expect(store.get(ref)?.metadata.deletionTimestamp).toBeDefined();
    store.remove(podRef);
    expect(store.get(ref)).toBeUndefined();

    start();
    store.delete(ref, { propagation: 'Orphan' });
    expect(store.get(podRef)?.metadata).toMatchObject({ ownerReferences: [] });
    expect(store.get(podRef)?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('a finalizer keeps an object until it is taken away', () => {
    const store = new ClusterStore();
    const metadata = { name: 'c', namespace: 'default', finalizers: ['example.com/hold'] };
    store.create({ ...configMap('c'), metadata }, 'm');
    const ref = { kind: 'ConfigMap', namespace: 'default', name: 'c' };
    store.delete(ref);
    expect(store.get(ref)?.metadata.deletionTimestamp).toBeDefined();
    store.update(ref, (draft) => Object.assign(draft.metadata, { finalizers: [] }), { manager: 'm' });
    expect(store.get(ref)).toBeUndefined();
  });

  test('a namespace ends when its last pod has', () => {
    const store = new ClusterStore();
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }, 'm');
    store.create({ ...pod('p'), metadata: { name: 'p', namespace: 'x' } }, 'm');
    store.create(configMap('c', { metadata: { name: 'c', namespace: 'x' } }), 'm');
    store.delete({ kind: 'Namespace', name: 'x' });
    expect(store.get({ kind: 'Namespace', name: 'x' })?.status?.phase).toBe('Terminating');
    expect(store.list('ConfigMap', { namespace: 'x' })).toEqual([]);
    store.remove({ kind: 'Pod', namespace: 'x', name: 'p' });
    expect(store.get({ kind: 'Namespace', name: 'x' })).toBeUndefined();
  });
});

describe('journal', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubernetes-store-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test('a store that was never closed comes back whole, and goes on counting', () => {
    const file = join(directory, 'state', 'objects.jsonl');
    const first = new ClusterStore({ file });
    first.create(configMap('kept'), 'm');
    first.create(configMap('gone'), 'm');
    first.remove({ kind: 'ConfigMap', namespace: 'default', name: 'gone' });
    const second = new ClusterStore({ file });
    expect(second.all()).toEqual(first.all());
    expect(second.version).toBe(first.version);
    expect(second.changesSince(second.version - 1)).toBeUndefined();
    expect(second.changesSince(second.version)).toEqual([]);
    first.close();
    second.close();
  });

  test('a last line cut short is dropped; damage elsewhere is refused', async () => {
    const file = join(directory, 'objects.jsonl');
    new ClusterStore({ file }).close();
    await appendFile(file, '{"type":"ADDED","obj');
    new ClusterStore({ file }).close();
    await appendFile(file, '{"type":"ADDED","obj\n{}\n');
    expect(() => new ClusterStore({ file })).toThrow(/line \d+ is damaged/);
  });
});
