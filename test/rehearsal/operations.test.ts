/**
 * What is done to an environment after it is deployed, with the real workflow files: scaling for an exam and back, drift,
 * a rollback, and the teardown. One world for all, in the order of a life.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { kubectl, readWorld } from './end-state.ts';
import { rehearse, repository, until } from './rehearsal-process.ts';
import { visit } from './visitor.ts';

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

const fixed = join(repository, 'environments/development.yml');
/** That of development with pods that come and go, and what else a test changes. */
function environmentFile(name: string, change: (text: string) => string = (text) => text): string {
  const file = join(home, `${name}.yml`);
  writeFileSync(file, change(`${readFileSync(fixed, 'utf8')}\nscaling:\n  web: automatic\n  minimumWebPods: 1\n`));
  return file;
}
const automatic = environmentFile('automatic');

/** Runs a workflow of the repository on what is there. */
async function run(...args: string[]): Promise<Ended> {
  const file = args.includes('--environment-file') ? [] : ['--environment-file', automatic];
  const common = ['--worktree', '--no-preview', '--environment', 'development', '--keep', ...file];
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
  status: { readyReplicas?: number };
  spec: { template: { metadata: { annotations: Record<string, string> }; spec: { containers: { image: string }[] } } };
}
const inMoodle = <T>(what: string): T =>
  JSON.parse(kubectl(readWorld(directory), '-n', 'moodle', 'get', what, '-o', 'json')) as T;
const imageOf = (name: string): string | undefined =>
  inMoodle<Deployment>(`deployment/${name}`).spec.template.spec.containers[0]?.image;
const leastPods = (): unknown =>
  inMoodle<{ spec: { maxUnavailable: unknown } }>('poddisruptionbudget/moodle-web').spec.maxUnavailable;

/** What KEDA takes for now from here on. */
function setClock(now: Date): void {
  const metadata = { name: 'keda-clock', namespace: 'kube-system' };
  const file = join(home, 'clock.json');
  writeFileSync(
    file,
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { now: now.toISOString() } }),
  );
  kubectl(readWorld(directory), 'apply', '--server-side', '--filename', file);
}
const podsReady = (): number => inMoodle<Deployment>('deployment/moodle-web').status.readyReplicas ?? 0;
const waitForPods = (count: number): Promise<number> => until(podsReady, (seen) => seen === count, 60);

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

test('an exam: all web pods are held; then by the clock, from 45 minutes before until the end; then given back', async () => {
  const before = { image: imageOf('moodle-web'), least: leastPods() };
  const now = await workflow('scale', { to: 'exam' });
  expect({ exitCode: now.exitCode, messages: messages(now) }).toMatchObject({ exitCode: 0 });
  expect(now.phase('plan')?.steps.map(({ target }) => target)).toContain('PodDisruptionBudget/moodle-web');
  expect(now.phase('pods')?.outcome).toBe('applied');
  expect(leastPods()).not.toEqual(before.least);

  const minutes = (count: number, from: Date): Date => new Date(from.getTime() + count * 60_000);
  const start = minutes(24 * 60, new Date());
  const end = minutes(180, start);
  const seconds = (moment: Date): string => moment.toISOString().replace(/\.\d+/, '');
  const hours = await workflow('scale', { to: 'exam', 'exam-start': seconds(start), 'exam-end': seconds(end) });
  expect({ exitCode: hours.exitCode, messages: messages(hours) }).toMatchObject({ exitCode: 0 });
  for (const [moment, pods] of [
    [minutes(-47, start), 1],
    [minutes(-44, start), 2],
    [minutes(1, end), 1],
  ] as const) {
    setClock(moment);
    await waitForPods(pods);
  }

  expect((await workflow('scale', { to: 'normal' })).exitCode).toBe(0);
  expect({ image: imageOf('moodle-web'), least: leastPods() }).toEqual(before);
  expect(JSON.stringify(inMoodle('scaledobject/moodle-web'))).not.toContain('cron');
});

test('what was never deployed cannot be scaled: said at once, with what to do', async () => {
  const never = await workflow('scale', { to: 'exam', environment: 'production' });
  expect(never.exitCode).toBe(1);
  expect(messages(never)).toContain('production was never deployed: run Deploy for it first. Nothing was done.');
  expect(never.phase('plan')?.status).toBe('skipped');
});

test('more users, and back: the capacity, with the image that runs and no work on the database', async () => {
  const image = imageOf('moodle-web');
  const nodes = (): unknown =>
    inAzure().find(({ type, values }) => type === 'azurerm_kubernetes_cluster_node_pool' && values.name === 'app')
      ?.values.max_count;
  const before = nodes();
  const more = await workflow('scale', { to: 'users', users: '20000' });
  expect({ exitCode: more.exitCode, messages: messages(more) }).toMatchObject({ exitCode: 0 });
  expect(stepsOf(more)).toContain('update azurerm_kubernetes_cluster_node_pool.workload["app"]');
  expect(stepsOf(more).filter((step) => /build|import|upgrade|Deployment\/moodle-cron/.test(step))).toEqual([]);
  expect(nodes()).toBeGreaterThan(Number(before));

  const back = await workflow('scale', { to: 'users', users: '0' });
  expect({ exitCode: back.exitCode, messages: messages(back) }).toMatchObject({ exitCode: 0 });
  expect({ nodes: nodes(), image: imageOf('moodle-web') }).toEqual({ nodes: before, image });
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
  // That alone is something to approve, although nobody has changed a file.
  const asked = await run('--again', '--only', 'gate');
  expect(asked.phase('plan')).toMatchObject({ outcome: 'planned', outputs: { changes: '1', unchanged: 'false' } });
  expect(asked.phase('gate')?.status).toBe('succeeded');
  await writeToAzure(workspace);
});

/** Passwords in the one Key Vault, by name. */
const passwords = (): Record<string, string> =>
  Object.values(
    (
      JSON.parse(readFileSync(join(directory, 'state/azure/state.json'), 'utf8')) as {
        secrets: Record<string, Record<string, string>>;
      }
    ).secrets,
  )[0] ?? {};

/** Whether PostgreSQL lets its user in with a password. */
function isLetIn(password: string): boolean {
  const { address, port } = readWorld(directory).database;
  const options = { env: { ...process.env, PGPASSWORD: password }, stdio: 'pipe' as const };
  try {
    execFileSync(
      'psql',
      ['-h', address, '-p', String(port), '-U', 'moodle', '-d', 'moodle', '-wXc', 'select 1'],
      options,
    );
    return true;
  } catch {
    return false;
  }
}

let good: string | undefined;

test('new passwords, with another image: no page fails, nobody is logged out, the old password is refused', async () => {
  good = imageOf('moodle-web');
  const { frontDoor, tls } = JSON.parse(readFileSync(join(directory, 'world.json'), 'utf8')) as {
    frontDoor: string;
    tls: { ca: string };
  };
  const before = passwords();
  const { MOODLE_WWWROOT: address = '' } = inMoodle<{ data: Record<string, string> }>('configmap/moodle-config').data;
  const password = before['moodle-admin-password'] ?? '';
  const visitor = await visit({ frontDoor, ca: tls.ca, address, username: 'admin', password });
  const file = environmentFile('next', (text) =>
    text
      .replace(/# sha256: .*/, `sha256: "${'a'.repeat(64)}"`)
      .replace(/^platform:$/m, 'platform:\n  passwordVersion: 2'),
  );
  const rotation = await run('--again', '--environment-file', file);
  const visits = await visitor.leave();
  expect({ exitCode: rotation.exitCode, messages: messages(rotation) }).toMatchObject({ exitCode: 0 });
  expect(visitor.complaints).toEqual([]);
  expect(visits).toBeGreaterThan(50);

  const after = passwords();
  expect(stepsOf(rotation)).toEqual(expect.arrayContaining([expect.stringMatching(/ Deployment\/pgbouncer$/)]));
  expect([before, after].map((vault) => isLetIn(vault['database-password'] ?? ''))).toEqual([false, true]);
  expect(after['pooler-password-a']).toBe(before['pooler-password-a']);
  expect(after['pooler-password-b']).not.toBe(before['pooler-password-b']);
  expect(inMoodle<{ data: object }>('configmap/moodle-config').data).toMatchObject({ MOODLE_DB_USER: 'moodle_b' });
});

test('rollback: the image before the present one, web and cron', async () => {
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
