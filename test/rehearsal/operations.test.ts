/**
 * What is done to an environment after it is deployed, with the real workflow files: scaling for an exam and back, drift,
 * a rollback, and the teardown. One world for all, in the order of a life.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { kubectl, readWorld } from './end-state.ts';
import { rehearse, repository } from './rehearsal-process.ts';

jest.setTimeout(600_000);

interface Phase {
  name: string;
  status: string;
  outcome: string;
  steps: { action: string; target: string; reason?: string }[];
  outputs: Record<string, string>;
  annotations: { level: string; message: string }[];
}
interface Ended {
  exitCode: number | null;
  log: string;
  phases: Phase[];
  phase(name: string): Phase | undefined;
}

const home = mkdtempSync(join(tmpdir(), 'rehearsal-operations-'));
const directory = join(home, 'site');

/** Runs a workflow of the repository on what is there. */
async function run(...args: string[]): Promise<Ended> {
  const common = ['--worktree', '--no-preview', '--environment', 'development', '--keep'];
  const { exitCode, log } = await rehearse(directory, ...common, ...args);
  const { phases } = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as { phases: Phase[] };
  return { exitCode, log, phases, phase: (name) => phases.find((one) => one.name === name) };
}
const workflow = (name: string, inputs: Record<string, string> = {}, ...more: string[]): Promise<Ended> => {
  const given = Object.entries(inputs).flatMap(([key, value]) => ['--input', `${key}=${value}`]);
  return run('--again', '--workflow', name, ...given, ...more);
};
const messages = (ended: Ended): string =>
  ended.phases
    .flatMap(({ annotations }) => annotations)
    .map(({ message }) => message)
    .join('\n');
const stepsOf = (ended: Ended): string[] =>
  ended.phases.flatMap(({ steps }) => steps).map(({ action, target }) => `${action} ${target}`);

interface Deployment {
  spec: { template: { metadata: { annotations: Record<string, string> }; spec: { containers: { image: string }[] } } };
}
const inMoodle = <T>(what: string): T =>
  JSON.parse(kubectl(readWorld(directory), '-n', 'moodle', 'get', what, '-o', 'json')) as T;
const imageOf = (name: string): string | undefined =>
  inMoodle<Deployment>(`deployment/${name}`).spec.template.spec.containers[0]?.image;
const leastPods = (): unknown =>
  inMoodle<{ spec: { maxUnavailable: unknown } }>('poddisruptionbudget/moodle-web').spec.maxUnavailable;

interface Made {
  type: string;
  id: string;
  values: Record<string, unknown>;
}
/** Everything that Terraform has made in Azure. */
const inAzure = (): Made[] =>
  Object.values(
    (JSON.parse(readFileSync(join(directory, 'state/azure/state.json'), 'utf8')) as { terraform: object }).terraform,
  );

/** Changes a resource in Azure as somebody would in the portal. */
function writeToAzure(resource: Made): Promise<number | undefined> {
  const { azureUrl, controlKey, tls } = JSON.parse(readFileSync(join(directory, 'world.json'), 'utf8')) as {
    azureUrl: string;
    controlKey: string;
    tls: { ca: string };
  };
  return new Promise((resolve, reject) => {
    const call = request(
      new URL('/_rehearsal/terraform/write', azureUrl),
      { method: 'POST', ca: tls.ca, headers: { 'x-rehearsal-key': controlKey, 'content-type': 'application/json' } },
      (response) => response.resume().on('end', () => resolve(response.statusCode)),
    );
    call.on('error', reject);
    call.end(JSON.stringify({ ...resource, secrets: {} }));
  });
}

beforeAll(async () => {
  const first = await run();
  if (first.exitCode !== 0) throw new Error(first.log);
});
afterAll(async () => {
  await rehearse(directory, '--down');
  rmSync(home, { recursive: true, force: true });
});

test('an exam: all web pods are held, and given back, with nothing else touched', async () => {
  const before = { image: imageOf('moodle-web'), least: leastPods() };
  const exam = await workflow('scale', { to: 'exam' });
  expect({ exitCode: exam.exitCode, messages: messages(exam) }).toMatchObject({ exitCode: 0 });
  expect(exam.phase('plan')?.steps.map(({ target }) => target)).toContain('PodDisruptionBudget/moodle-web');
  expect(exam.phase('pods')?.outcome).toBe('applied');
  expect(leastPods()).not.toEqual(before.least);
  expect((await workflow('scale', { to: 'normal' })).exitCode).toBe(0);
  expect({ image: imageOf('moodle-web'), least: leastPods() }).toEqual(before);

  const mixed = await workflow('scale', { to: 'exam', users: '5000' });
  expect(mixed.exitCode).toBe(1);
  expect(messages(mixed)).toContain('Input "users" is for "to: users" only; it is 5000.');
});

test('more users: a plan of the capacity, with the image that runs and no work on the database', async () => {
  const plan = await workflow('scale', { to: 'users', users: '20000' }, '--mode', 'plan');
  expect({ exitCode: plan.exitCode, messages: messages(plan) }).toMatchObject({ exitCode: 0 });
  const targets = stepsOf(plan);
  expect(targets).toContain('update azurerm_kubernetes_cluster_node_pool.workload["app"]');
  expect(targets.filter((step) => /build|import|upgrade|Deployment\/moodle-cron/.test(step))).toEqual([]);
});

test('drift: somebody changes a resource in Azure, and the night run says what and where', async () => {
  const workspace = inAzure().find(({ type }) => type === 'azurerm_log_analytics_workspace');
  if (workspace === undefined) throw new Error('There is no workspace.');
  await writeToAzure({ ...workspace, values: { ...workspace.values, retention_in_days: 730 } });
  const night = await workflow('nightly-drift');
  expect(night.exitCode).toBe(1);
  expect(messages(night)).toContain('development is not as it was deployed: 1 steps would put it right');
  expect(messages(night)).toContain('production is not deployed, so nothing of it can drift.');
  expect(stepsOf(night)).toContain('update azurerm_log_analytics_workspace.platform');
  await writeToAzure(workspace);
});

test('rollback: the image before the present one, web and cron', async () => {
  const good = imageOf('moodle-web');
  const file = join(home, 'next.yml');
  const now = readFileSync(join(repository, 'environments/development.yml'), 'utf8');
  writeFileSync(file, now.replace(/# sha256: .*/, `sha256: "${'a'.repeat(64)}"`));
  expect((await run('--again', '--environment-file', file)).exitCode).toBe(0);
  const bad = imageOf('moodle-web');
  expect(bad).not.toBe(good);

  const back = await workflow('rollback');
  expect({ exitCode: back.exitCode, messages: messages(back) }).toMatchObject({ exitCode: 0 });
  expect(messages(back)).toContain(`development goes back from ${bad} to ${good}.`);
  expect([imageOf('moodle-web'), imageOf('moodle-cron')]).toEqual([good, good]);
  expect(back.phase('database')?.outcome).toBe('unchanged');
  expect(back.phase('image')?.outcome).toBe('unchanged');
});

test('teardown: not without the typed name, nor without every resource with data; then nothing is left', async () => {
  const before = inAzure().length;
  const wrong = await workflow('teardown', { confirm: 'production' });
  expect(wrong.exitCode).toBe(1);
  expect(messages(wrong)).toContain(
    'Input "confirm" must be the name of the environment that is taken down, "development"; it is "production". Nothing was done.',
  );
  expect(wrong.phase('plan')?.status).toBe('skipped');

  const plan = await workflow('teardown', {}, '--mode', 'plan');
  expect(plan.exitCode).toBe(0);
  const lines = [...messages(plan).matchAll(/each address on a line of its own: (.*) \(in an environment file/g)];
  const addresses = lines.flatMap(([, list = '']) => list.split(' '));
  expect(addresses).toContain('azurerm_postgresql_flexible_server_database.moodle');
  expect(inAzure()).toHaveLength(before);

  const right = await workflow('teardown', { confirm: 'development', 'allow-destroy': addresses.join('\n') });
  expect({ exitCode: right.exitCode, messages: messages(right) }).toMatchObject({ exitCode: 0 });
  expect(inAzure()).toEqual([]);
  expect(kubectl(readWorld(directory), 'get', 'deployments,statefulsets,services,secrets', '--all-namespaces')).toBe(
    '',
  );
});
