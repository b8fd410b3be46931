import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { makeCertificates } from '../tls.ts';
import type { KubeObject } from './ports.ts';
import { startApiServer } from './server.ts';
import { ClusterStore } from './store.ts';
import { type Answer, startCluster, type TestCluster } from './testing/cluster.ts';
import { configMap, deployment, job, type Manifest, pod, statefulSet } from './testing/manifests.ts';

// Each test runs kubectl several times, on machines that may be busy.
jest.setTimeout(30_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.close();
});

const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const post = (path: string, body: unknown): Promise<Answer> => cluster.request('POST', path, { body });
const get = (path: string, headers: Record<string, string> = {}) => cluster.request('GET', path, { headers });
const patch = (path: string, kind: string, body: unknown) =>
  cluster.request('PATCH', path, { body, headers: { 'content-type': `application/${kind}-patch+json` } });

describe('the front door', () => {
  test('asks for a token, except for version and health', async () => {
    const anonymous = await cluster.request('GET', maps, { token: 'nobody' });
    expect(anonymous).toMatchObject({ status: 401, body: { kind: 'Status', reason: 'Unauthorized', code: 401 } });
    expect((await cluster.request('GET', '/version', { token: 'nobody' })).body.gitVersion).toMatch(/^v1\./);
    expect(await cluster.request('GET', '/readyz', { token: 'nobody' })).toMatchObject({ status: 200, body: 'ok' });
  });

  test('names what it does not serve', async () => {
    const cases: [string, string][] = [
      ['/apis/example.com/v1/things', 'no API example.com/v1 in the Kubernetes stand-in'],
      ['/apis/apps/v1/namespaces/default/daemonsets', '/apis/apps/v1/namespaces/default/daemonsets is not served'],
      [`${maps}/c/status`, 'no subresource configmaps/status'],
      ['/metrics', '(/metrics)'],
    ];
    for (const [path, text] of cases) {
      const { status, body } = await get(path);
      expect([status, body.reason]).toEqual([404, 'NotFound']);
      expect(body.message).toContain(text);
    }
  });

  test('refuses protobuf bodies and unknown formats with what to send instead', async () => {
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    const { status, body } = await cluster.request('POST', maps, { body: 'k8s\0', headers });
    expect([status, body.reason]).toEqual([415, 'UnsupportedMediaType']);
    expect(body.message).toContain('kubectl create -f');
    expect((await cluster.request('POST', maps, { body: '{' })).body.message).toContain('the body is not JSON');
  });

  test('refuses what a user may not do, also inside an apply', async () => {
    const denied = await cluster.request('DELETE', `${maps}/x`, { token: 'viewer-token' });
    expect(denied.status).toBe(403);
    expect(denied.body.message).toBe(
      'configmaps "x" is forbidden: User "viewer" cannot delete resource "configmaps" in API group "" in the namespace "default"',
    );
    const scale = await cluster.request('PATCH', `${deployments}/x/scale`, { token: 'viewer-token', body: {} });
    expect(scale.body.message).toContain('cannot patch resource "deployments/scale" in API group "apps"');
  });

  test('records every request', async () => {
    await get(`${maps}?limit=7`);
    const last = cluster.requests.at(-1);
    expect(last).toMatchObject({ method: 'GET', url: `${maps}?limit=7`, status: 200, user: 'admin' });
  });
});

describe('discovery', () => {
  test('speaks the aggregated and the legacy form, and both list the same', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const aggregated = await get('/apis', { accept });
    expect(aggregated.headers['content-type']).toContain('as=APIGroupDiscoveryList');
    const apps = aggregated.body.items.find(({ metadata }: Manifest) => (metadata as Manifest).name === 'apps');
    const names = apps.versions[0].resources.map(({ resource }: Manifest) => resource);
    const legacy = await get('/apis/apps/v1');
    const plain = legacy.body.resources.map(({ name }: Manifest) => name).filter((name: string) => !name.includes('/'));
    expect(names).toEqual(plain);
    expect((await get('/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    expect((await get('/apis')).body.kind).toBe('APIGroupList');
  });

  test('has an OpenAPI document for every group version in the index', async () => {
    const { paths } = (await get('/openapi/v3')).body;
    expect(Object.keys(paths)).toContain('apis/secrets-store.csi.x-k8s.io/v1');
    for (const { serverRelativeURL } of Object.values(paths) as { serverRelativeURL: string }[]) {
      const document = await get(serverRelativeURL);
      expect(document.body.openapi).toBe('3.0.0');
      expect(Object.keys(document.body.paths).length).toBeGreaterThan(0);
    }
  });
});

describe('writes', () => {
  test('create sets what the server sets, and refuses what it must', async () => {
    const created = await post(maps, configMap('created', { a: '1' }));
    expect(created.status).toBe(201);
    expect(created.body.metadata.managedFields).toMatchObject([{ operation: 'Update', manager: 'unknown' }]);
    expect((await post(maps, configMap('created', {}))).body.reason).toBe('AlreadyExists');
    const named = { ...configMap('x', {}), metadata: { name: 'x', resourceVersion: '1' } };
    expect((await post(maps, named)).body.message).toBe('resourceVersion should not be set on objects to be created');
    const elsewhere = { ...configMap('x', {}), metadata: { name: 'x', namespace: 'kube-system' } };
    expect((await post(maps, elsewhere)).body.message).toContain('does not match the namespace sent on the request');
    const nameless = { ...configMap('x', {}), metadata: {} };
    expect((await post(maps, nameless)).body.message).toContain('name or generateName is required');
    expect((await post(maps, deployment('x'))).body.message).toContain(
      'does not match the expected type (v1, Kind=ConfigMap)',
    );
  });

  test('create drops a status and warns of unknown fields unless it is strict', async () => {
    const given = { ...deployment('loose', { replica: 1 }), status: { replicas: 9 } };
    const { body, headers } = await post(deployments, given);
    expect(body.status).toBeUndefined();
    expect(body.spec.replica).toBeUndefined();
    expect(headers.warning).toContain('unknown field \\"spec.replica\\"');
  });

  test('wrong types are worded as the Go decoder does', async () => {
    const { status, body } = await post(deployments, deployment('typed', { replicas: 'two' }));
    expect(status).toBe(400);
    expect(body.message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
  });

  test('update needs the latest version when it names one', async () => {
    const { body } = await post(maps, configMap('updated', { a: '1' }));
    const put = (object: unknown) => cluster.request('PUT', `${maps}/updated`, { body: object });
    const stale = await put({ ...body, metadata: { ...body.metadata, resourceVersion: '1' } });
    expect([stale.status, stale.body.reason]).toEqual([409, 'Conflict']);
    expect(stale.body.message).toContain(
      'the object has been modified; please apply your changes to the latest version',
    );
    const fresh = await put({ ...body, data: { a: '2' } });
    expect(fresh.body.data).toEqual({ a: '2' });
    const same = await put(fresh.body);
    expect(same.body.metadata.resourceVersion).toBe(fresh.body.metadata.resourceVersion);
    expect((await put(configMap('other', {}))).body.message).toContain('does not match the name on the URL');
  });

  test('update can not write system fields, nor status but through its subresource', async () => {
    const { body } = await post(deployments, deployment('guarded'));
    const written = { ...body, status: { replicas: 7 }, metadata: { ...body.metadata, generation: 99 } };
    const spec = await cluster.request('PUT', `${deployments}/guarded`, { body: written });
    expect(spec.body.status).toBeUndefined();
    expect(spec.body.metadata.generation).toBe(1);
    const status = await patch(`${deployments}/guarded/status`, 'merge', {
      status: { replicas: 7 },
      spec: { replicas: 9 },
    });
    expect([status.body.status.replicas, status.body.spec.replicas]).toEqual([7, 2]);
    expect(status.body.metadata.managedFields.at(-1)).toMatchObject({ subresource: 'status' });
  });

  test('patches come in three kinds, and an unknown kind is refused', async () => {
    await post(deployments, deployment('patched', {}, { args: ['-x'] }));
    const path = `${deployments}/patched`;
    const image = (answer: Answer) => answer.body.spec.template.spec.containers[0];
    const containers = [{ name: 'web', image: 'web:2' }];
    const strategic = await patch(path, 'strategic-merge', { spec: { template: { spec: { containers } } } });
    expect(image(strategic)).toMatchObject({ image: 'web:2', args: ['-x'] });
    const merged = await patch(path, 'merge', { spec: { template: { spec: { containers } } } });
    expect(image(merged).args).toBeUndefined();
    const replace = { op: 'replace', path: '/spec/replicas', value: 4 };
    expect((await patch(path, 'json', [replace])).body.spec.replicas).toBe(4);
    expect((await patch(path, 'odd', {})).status).toBe(415);
    expect((await patch(`${deployments}/none`, 'merge', {})).body.message).toBe('deployments.apps "none" not found');
  });

  test('apply needs a manager, the right version and no managedFields', async () => {
    const apply = (query: string, body: unknown) =>
      cluster.request('PATCH', `${maps}/applied${query}`, {
        body,
        headers: { 'content-type': 'application/apply-patch+yaml' },
      });
    expect((await apply('', configMap('applied', {}))).body.message).toContain('fieldManager: Required value');
    const old = { ...configMap('applied', {}), apiVersion: 'v1beta1' };
    expect((await apply('?fieldManager=m', old)).body.message).toContain('Incorrect version specified in apply patch');
    const managed = { ...configMap('applied', {}), metadata: { name: 'applied', managedFields: [] } };
    expect((await apply('?fieldManager=m', managed)).body.message).toBe('metadata.managedFields must be nil');
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {a: "1"}\n';
    expect(await apply('?fieldManager=m', yaml)).toMatchObject({ status: 201, body: { data: { a: '1' } } });
    expect(await apply('?fieldManager=m&dryRun=Some', yaml)).toMatchObject({ status: 422 });
  });

  test('a sealed ConfigMap stays as it is', async () => {
    await post(maps, { ...configMap('sealed', { a: '1' }), immutable: true });
    const { body } = await patch(`${maps}/sealed`, 'merge', { data: { a: '2' } });
    expect(body.message).toContain('data: Forbidden: field is immutable when `immutable` is set');
  });

  test('a Job deleted without saying more leaves its pods, with a warning', async () => {
    const jobs = '/apis/batch/v1/namespaces/default/jobs';
    const { body } = await post(jobs, job('orphaning'));
    expect(body.spec.selector.matchLabels).toEqual({ 'batch.kubernetes.io/controller-uid': body.metadata.uid });
    const { headers } = await cluster.request('DELETE', `${jobs}/orphaning`);
    expect(headers.warning).toContain('child pods are preserved by default');
  });

  test('a deletion can be bound to a uid, and a whole selection deleted', async () => {
    await post(maps, { ...configMap('bulk-1', {}), metadata: { name: 'bulk-1', labels: { bulk: 'yes' } } });
    await post(maps, { ...configMap('bulk-2', {}), metadata: { name: 'bulk-2', labels: { bulk: 'yes' } } });
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } };
    const { status } = await cluster.request('DELETE', `${maps}/bulk-1`, { body });
    expect(status).toBe(409);
    const deleted = await cluster.request('DELETE', `${maps}?labelSelector=bulk%3Dyes`);
    expect(deleted.body.items).toHaveLength(2);
    expect((await get(`${maps}?labelSelector=bulk`)).body.items).toEqual([]);
  });

  test('a new StatefulSet carries every default', async () => {
    const { body } = await post('/apis/apps/v1/namespaces/default/statefulsets', statefulSet('full'));
    expect(body.spec).toMatchObject({
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      revisionHistoryLimit: 10,
      volumeClaimTemplates: [
        {
          kind: 'PersistentVolumeClaim',
          spec: { volumeMode: 'Filesystem', resources: { requests: { storage: '1Gi' } } },
          status: { phase: 'Pending' },
        },
      ],
    });
  });
});

describe('lists', () => {
  test('come in pages', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) {
      await post(maps, { ...configMap(name, {}), metadata: { name, labels: { paged: 'yes' } } });
    }
    const names = ({ body }: Answer) => body.items.map(({ metadata }: { metadata: Manifest }) => metadata.name);
    const first = await get(`${maps}?labelSelector=paged&limit=2`);
    expect(names(first)).toEqual(['page-a', 'page-b']);
    expect(first.body.metadata.remainingItemCount).toBe(1);
    const rest = await get(`${maps}?labelSelector=paged&limit=2&continue=${first.body.metadata.continue}`);
    expect(names(rest)).toEqual(['page-c']);
    expect(rest.body.metadata.continue).toBeUndefined();
    expect(first.body.items[0].kind).toBeUndefined();
  });

  test('refuse selectors that can not be read or are not served', async () => {
    expect((await get(`${maps}?labelSelector=${encodeURIComponent('a in b')}`)).status).toBe(400);
    expect((await get(`${maps}?fieldSelector=data.a%3D1`)).body.message).toBe('field label not supported: data.a');
  });
});

/** Collects the events of a watch until it ends or there are enough of them. */
async function watch(query: string, enough: number, meanwhile: () => Promise<unknown> = async () => undefined) {
  const events: { type: string; object: { metadata: Manifest; reason?: string; code?: number } }[] = [];
  const done = new Promise<void>((resolve, reject) => {
    const options = { ca: cluster.authority, headers: { authorization: 'Bearer admin-token' } };
    const outgoing = httpsRequest(`${cluster.url}${maps}?watch=true&${query}`, options, (response) => {
      let rest = '';
      response.on('data', (chunk) => {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() ?? '';
        events.push(...lines.map((line) => JSON.parse(line)));
        if (events.length >= enough) {
          outgoing.destroy();
          resolve();
        }
      });
      response.on('end', resolve);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
  await delay(50);
  await meanwhile();
  await done;
  return events;
}

describe('watch', () => {
  const labelled = (name: string, seen: string) => ({ ...configMap(name, {}), metadata: { name, labels: { seen } } });

  test('goes on from a resource version and tells what enters and leaves a selection', async () => {
    const { body } = await get(maps);
    const query = `labelSelector=seen%3Dyes&resourceVersion=${body.metadata.resourceVersion}`;
    await post(maps, labelled('seen-1', 'yes'));
    const events = await watch(query, 4, async () => {
      await patch(`${maps}/seen-1`, 'merge', { data: { a: '1' } });
      await patch(`${maps}/seen-1`, 'merge', { metadata: { labels: { seen: 'no' } } });
      await patch(`${maps}/seen-1`, 'merge', { metadata: { labels: { seen: 'yes' } } });
    });
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED', 'ADDED']);
  });

  test('begins with what is there, and marks the end of it for WatchList', async () => {
    await post(maps, labelled('listed-1', 'listed'));
    const query =
      'labelSelector=seen%3Dlisted&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const events = await watch(query, 2);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(events[1]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    const refused = await get(`${maps}?watch=true&sendInitialEvents=true`);
    expect(refused.status).toBe(422);
  });

  test('tells that a resource version is too old, inside the stream', async () => {
    const flooded = cluster.store.get({ kind: 'Namespace', name: 'default' }) as KubeObject;
    for (let count = 0; count < 4200; count += 1) {
      cluster.store.replace(flooded);
    }
    const events = await watch('resourceVersion=1', 1);
    expect(events).toMatchObject([{ type: 'ERROR', object: { reason: 'Expired', code: 410 } }]);
  });

  test('ends after timeoutSeconds', async () => {
    const started = Date.now();
    await watch('timeoutSeconds=1&labelSelector=none', 1);
    expect(Date.now() - started).toBeGreaterThan(900);
    expect(Date.now() - started).toBeLessThan(3000);
  });
});

test('a review that is cut short or is none is refused', async () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
  const none = await cluster.request('POST', path, { body: Buffer.from('hello'), headers });
  expect(none.body.message).toContain('no Kubernetes envelope');
  const cut = await cluster.request('POST', path, { body: Buffer.from('k8s\0\x12\x80'), headers });
  expect(cut.body.message).toContain('ends too early');
  const body = { spec: { resourceAttributes: { verb: 'delete', resource: 'pods', namespace: 'default' } } };
  const asked = await cluster.request('POST', path, { body, token: 'viewer-token' });
  expect(asked.body.status).toEqual({ allowed: false });
});

test('a server that starts again on the same file goes on where it was', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubernetes-api-'));
  const file = join(directory, 'objects.jsonl');
  const certificates = await makeCertificates();
  const tokens = new Map([['t', { user: 'u', groups: [] }]]);
  const start = async () => {
    const store = new ClusterStore({ file });
    const tls = { key: certificates.key, cert: certificates.cert };
    return { store, server: await startApiServer({ store, runtime: cluster.runtime, tls, tokens }) };
  };
  const first = await start();
  first.store.create(configMap('kept', { a: '1' }) as never, 'test');
  await first.server.close();
  const second = await start();
  expect(second.store.version).toBe(first.store.version);
  expect(second.store.get({ kind: 'ConfigMap', namespace: 'default', name: 'kept' })).toEqual(
    first.store.get({ kind: 'ConfigMap', namespace: 'default', name: 'kept' }),
  );
  await second.server.close();
  first.store.close();
  second.store.close();
  await rm(directory, { recursive: true });
});

test('closing the server ends open watches and frees the port', async () => {
  const other = await startCluster();
  const open = other.kubectl(['get', 'cm', '-A', '--watch']);
  await delay(300);
  await other.close();
  expect((await open).code).not.toBe(-1);
  await expect(other.request('GET', '/version')).rejects.toThrow('ECONNREFUSED');
});

test('an exec request that is no upgrade is told so', async () => {
  cluster.store.create(pod('plain') as never, 'test');
  const { status, body } = await get('/api/v1/namespaces/default/pods/plain/exec?command=true');
  expect([status, body.message]).toEqual([400, 'Upgrade request required']);
});
