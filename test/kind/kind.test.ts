/**
 * What job `site` of e2e-kind.yml puts into a cluster, as far as that can be tried without one: its steps with the actions' bundles and
 * the real kubectl, planned against the rehearsal's Kubernetes API, which refuses what a server would refuse.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { startCluster, type TestCluster } from '../../rehearsal/kubernetes/testing/cluster.ts';
import { runAction } from '../support/action-process.ts';

jest.setTimeout(60_000);

const root = resolve(import.meta.dirname, '../..');
interface Step {
  name: string;
  uses?: string;
  with?: Record<string, string | number>;
}
const { jobs } = parse(readFileSync(join(root, '.github/workflows/e2e-kind.yml'), 'utf8')) as {
  jobs: { site: { steps: Step[] } };
};
const steps = jobs.site.steps.filter(({ uses }) => uses?.startsWith('$/actions/'));

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
  // A server says of an object in a namespace that is not there only that.
  for (const name of ['moodle', 'database'])
    cluster.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, 'test');
});
afterAll(() => cluster.close());

/** What the runner would put in the place of an expression. */
function filled(value: string | number): string {
  return String(value)
    .replace(/\$\{\{ runner\.temp \}\}/, cluster.directory)
    .replace(
      /\$\{\{ steps\.images\.outputs\.(\w+) \}\}/,
      (_, name) => `localhost:5000/${name}@sha256:${'a'.repeat(64)}`,
    )
    .replace(
      /\$\{\{ steps\.(redis-\w+)\.outputs\.seeds \}\}/,
      (_, name) => `${name}-0.${name}:6379,${name}-1.${name}:6379`,
    );
}

/** Runs a step in mode `plan`. */
async function planned(step: Step): Promise<{ action: string; target: string }[]> {
  const given = Object.entries(step.with ?? {}).map(([name, value]) => [name, filled(value)]);
  const inputs = { ...Object.fromEntries(given), mode: 'plan' } as Record<string, string>;
  const end = await runAction({ action: (step.uses ?? '').slice(2), inputs, workingDirectory: root });
  expect({ name: step.name, exitCode: end.exitCode, errors: end.errors }).toEqual({
    name: step.name,
    exitCode: 0,
    errors: [],
  });
  return JSON.parse(end.outputs.steps ?? '[]') as { action: string; target: string }[];
}

test.each(steps.map((step) => [step.name, step] as const))('%s: the API takes every object', async (_, step) => {
  expect((await planned(step)).length).toBeGreaterThan(0);
});

test('nothing of Azure is left that a pod would wait for', async () => {
  const [services] = steps.filter(({ with: given }) => given?.component === 'services');
  const targets = (await planned(services ?? { name: '' })).map(({ target }) => target);
  expect(targets).toContain('PersistentVolume/moodle-data-folder');
  expect(targets).not.toContain('PersistentVolume/moodle-data');
});

test('PostgreSQL is taken too', async () => {
  const file = join(root, 'test/kind/postgres.yaml');
  expect(parseAllDocuments(readFileSync(file, 'utf8'))).toHaveLength(2);
  expect(await cluster.kubectl(['apply', '--dry-run=server', '-f', file])).toMatchObject({ stderr: '', code: 0 });
});
