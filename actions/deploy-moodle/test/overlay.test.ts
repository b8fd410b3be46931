/** A user's overlay through its life, by the committed bundle with the real kubectl against the stand-in's API server. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { startCluster, type TestCluster } from '../../../rehearsal/kubernetes/testing/cluster.ts';
import { type ActionEnd, runAction } from '../../../test/support/action-process.ts';
import { OVERLAY } from '../src/overlay-inventory.ts';
import { podInputs } from './inputs.ts';
import { type FakeNode, startNode } from './node.ts';

jest.setTimeout(60_000);

const manifests = resolve(import.meta.dirname, '../../../manifests');

let cluster: TestCluster;
let node: FakeNode;

beforeEach(async () => {
  cluster = await startCluster();
  node = startNode(cluster.store);
  const { store } = cluster;
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'moodle' } }, 'test');
  store.create(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'moodle-config', namespace: 'moodle' } },
    'test',
  );
});
afterEach(async () => {
  node.stop();
  await cluster.close();
});

/** The overlay of the web pods with these objects, in place of what it had. */
function overlayOf(...objects: object[]): string {
  const folder = join(cluster.directory, 'overlay');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'web'), { recursive: true });
  const resources = objects.map((_, index) => `${index}.json`);
  for (const [index, object] of objects.entries())
    writeFileSync(join(folder, 'web', `${index}.json`), JSON.stringify(object));
  const component = { apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component', resources };
  writeFileSync(join(folder, 'web/kustomization.yaml'), JSON.stringify(component));
  return folder;
}

function run(inputs: Record<string, string>): Promise<ActionEnd> {
  const kubeconfig = join(cluster.directory, 'kubeconfig');
  const given = { ...podInputs('web'), mode: 'apply', manifests, kubeconfig, 'rollout-timeout': '30s', ...inputs };
  return runAction({ action: 'actions/deploy-moodle', inputs: given });
}

const words = ({ outputs }: ActionEnd): string[] =>
  (JSON.parse(outputs.steps ?? '[]') as { action: string; target: string }[]).map(
    ({ action, target }) => `${action} ${target}`,
  );
const object = (kind: string, name: string) => cluster.store.get({ kind, namespace: 'moodle', name });

const service = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});
const budget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'extra' },
  spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'extra' } } },
};
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'extra' }, stringData: { a: 'b' } };

test('what an overlay brings is made, what it no longer has is shown and deleted, and again is unchanged', async () => {
  const first = await run({ overlay: overlayOf(service('one'), budget, secret) });
  expect(first.errors).toEqual([]);
  expect(words(first)[0]).toBe('create ConfigMap/moodle-web-overlay');
  expect(object('Service', 'one')?.metadata.labels?.[OVERLAY]).toBe('web');
  expect((await run({ overlay: overlayOf(service('one'), budget, secret) })).outputs.outcome).toBe('unchanged');

  // Somebody else's of the kinds that are looked through.
  cluster.store.create({ ...service('foreign'), metadata: { name: 'foreign', namespace: 'moodle' } } as never, 'test');
  const plan = await run({ overlay: overlayOf(service('two')), mode: 'plan' });
  expect(plan.errors).toEqual([]);
  expect(words(plan)).toEqual([
    'delete PodDisruptionBudget/extra',
    'delete Service/one',
    'update ConfigMap/moodle-web-overlay',
    'create Service/two',
  ]);
  expect(plan.warnings.join('\n')).toContain('Secret/extra is no longer in the overlay, and stays in the cluster');
  expect(object('Service', 'one')).toBeDefined();

  const change = await run({ overlay: overlayOf(service('two')) });
  expect(change.errors).toEqual([]);
  expect([object('Service', 'one'), object('PodDisruptionBudget', 'extra')]).toEqual([undefined, undefined]);
  expect(object('Secret', 'extra')).toBeDefined();
  expect(object('ConfigMap', 'moodle-web-overlay')?.data).toEqual({ objects: 'v1 Service two' });
  expect((await run({ overlay: overlayOf(service('two')) })).outputs).toMatchObject({
    outcome: 'unchanged',
    steps: '[]',
  });

  // An object that lost our mark is its new owner's.
  expect((await cluster.kubectl(['-n', 'moodle', 'label', 'service/two', `${OVERLAY}-`])).code).toBe(0);
  const without = await run({});
  expect(words(without)).toEqual(['delete ConfigMap/moodle-web-overlay']);
  expect([object('Service', 'two'), object('Service', 'foreign')]).not.toContain(undefined);
  expect((await run({})).outputs.outcome).toBe('unchanged');
});
