/**
 * The whole of it: the committed bundle of install-db, the real kubectl, the Kubernetes stand-in, and pods that run the
 * images' own files against a real PgBouncer and PostgreSQL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { tokenKubeconfig } from '../kubernetes/kubeconfig.ts';
import { startNodes } from '../kubernetes/node/runtime.ts';
import type { PodRuntime } from '../kubernetes/ports.ts';
import { startApiServer } from '../kubernetes/server.ts';
import { ClusterStore } from '../kubernetes/store.ts';
import { makeCertificates } from '../tls.ts';
import { type Postgres, startPostgres } from './testing/postgres.ts';
import { type Running, run } from './testing/process.ts';
import { ADMIN_PASSWORD, NASTY_PASSWORD, startRedis, temporaryDirectory } from './testing/site.ts';

jest.setTimeout(60_000);

const root = fileURLToPath(new URL('../..', import.meta.url));
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const IMAGE = `registry.example.org/moodle@${digest('a')}`;
const NEXT_IMAGE = `registry.example.org/moodle@${digest('b')}`;

let directory: string;
let postgres: Postgres;
let redis: { server: Running; port: number };
let store: ClusterStore;
let nodes: PodRuntime;
let server: Awaited<ReturnType<typeof startApiServer>>;
const requests: string[] = [];

/** The image of a Moodle that is newer: the same files, with the code in them. */
function buildNextImage(): string {
  const context = join(directory, 'next-image');
  cpSync(join(root, 'images/moodle'), context, { recursive: true });
  const html = join(context, 'rootfs/var/www/html');
  cpSync(join(root, 'rehearsal/moodle/tree'), html, { recursive: true });
  const file = join(html, 'version.php');
  const text = readFileSync(file, 'utf8').replace(/\$version = [0-9.]+/, '$version = 2025041400.00');
  writeFileSync(file, text.replace(/4\.5\.8/, '5.0.0'));
  return context;
}

interface Manifest {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  spec: {
    replicas?: number;
    template: { spec: { containers: { image: string; env: { name: string; value?: string }[]; resources: object }[] } };
  };
}

/** Renders a component and applies what these tests need of it. */
async function deploy(
  component: string,
  kinds: readonly string[],
  change: (manifest: Manifest) => void,
): Promise<void> {
  const rendered = await run({ command: 'kubectl', args: ['kustomize', join(root, 'manifests', component)], env: {} });
  const all = parseAllDocuments(rendered.stdout, { version: '1.1' }).map((document) => document.toJS() as Manifest);
  const items = all.filter(({ kind }) => kinds.includes(kind));
  items.forEach(change);
  const file = join(directory, `${component}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const applied = await kubectl('apply', '--server-side', '--filename', file);
  if (applied.code !== 0) throw new Error(applied.stderr);
}

function kubectl(...args: string[]) {
  const shared = [
    '--kubeconfig',
    join(directory, 'kubeconfig'),
    '--namespace',
    'moodle',
    '--cache-dir',
    join(directory, 'kube-cache'),
  ];
  return run({ command: 'kubectl', args: [...shared, ...args], env: { HOME: directory } });
}

/** Starts install-db. */
function action(inputs: Record<string, string>): { child: ChildProcess; done: Promise<Record<string, string>> } {
  const output = join(directory, `output-${Math.random()}`);
  writeFileSync(output, '');
  const given = {
    mode: 'apply',
    image: IMAGE,
    kubeconfig: join(directory, 'kubeconfig'),
    manifests: join(root, 'manifests/database'),
    'admin-email': 'admin@example.org',
    ...inputs,
  };
  const child = spawn(process.execPath, [join(root, 'actions/install-db/dist/index.js')], {
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      RUNNER_TEMP: directory,
      GITHUB_OUTPUT: output,
      ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log += chunk;
    });
  }
  const done = new Promise<Record<string, string>>((resolve) => {
    child.once('close', (code) => {
      const pairs = [...readFileSync(output, 'utf8').matchAll(/^(.+?)<<(\S+)\n([\s\S]*?)\n?^\2$/gm)];
      const outputs = Object.fromEntries(pairs.map(([, name = '', , value = '']) => [name, value]));
      resolve({ ...outputs, code: String(code), log });
    });
  });
  return { child, done };
}

const jobs = (): string[] => store.list('Job', { namespace: 'moodle' }).map(({ metadata }) => metadata.name);
const created = (): number => requests.filter((line) => line === 'POST jobs').length;

async function until(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`${what}: in vain`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  directory = temporaryDirectory();
  postgres = await startPostgres(directory, NASTY_PASSWORD);
  redis = await startRedis(join(directory, 'redis'));
  const contexts: Record<string, string> = {
    [digest('a')]: join(root, 'images/moodle'),
    [digest('b')]: buildNextImage(),
    [digest('c')]: join(root, 'images/pgbouncer'),
  };
  const secrets: Record<string, string> = {
    'database-password': NASTY_PASSWORD,
    'pooler-password-a': `a${NASTY_PASSWORD}`,
    'pooler-password-b': `b${NASTY_PASSWORD}`,
    'moodle-admin-password': ADMIN_PASSWORD,
  };
  store = new ClusterStore();
  mkdirSync(join(directory, 'nodes'));
  nodes = startNodes({
    store,
    directory: join(directory, 'nodes'),
    // Other clusters may run on this machine.
    addressBlock: randomInt(100, 256),
    moodleTree: join(root, 'rehearsal/moodle/tree'),
    outside: {
      loadBalancer: async () => ({ ip: '127.0.0.1' }),
      loadBalancerGone: async () => undefined,
      secret: async (_, name) => secrets[name] ?? Promise.reject(new Error(`Secret not found: ${name}`)),
      image: async (reference) => {
        const found = reference.split('@')[1] ?? '';
        return { digest: found, directory: contexts[found] ?? '' };
      },
      hosts: () => ({ 'database.example.org': '127.0.0.1' }),
    },
  });
  const { ca, cert, key } = await makeCertificates();
  server = await startApiServer({
    store,
    runtime: nodes,
    tls: { key, cert },
    tokens: new Map([['token', { user: 'pipeline', groups: [] }]]),
    authorize: () => true,
    onRequest: ({ method, url }) => {
      if (method === 'POST' && url.split('?')[0]?.endsWith('/jobs')) requests.push('POST jobs');
    },
  });
  const access = { server: server.url, certificateAuthority: ca, name: 'rehearsal', namespace: 'moodle' };
  writeFileSync(join(directory, 'kubeconfig'), tokenKubeconfig(access, 'token'));
  const kinds = [
    'Namespace',
    'ServiceAccount',
    'SecretProviderClass',
    'ConfigMap',
    'PersistentVolume',
    'PersistentVolumeClaim',
  ];
  await deploy('services', [...kinds, 'Deployment', 'Service'], ({ kind, metadata, spec, data }) => {
    if (data !== undefined && metadata.name === 'moodle-config') {
      const hosts = `127.0.0.1:${redis.port},localhost:${redis.port}`;
      Object.assign(data, { MOODLE_SESSION_REDIS_HOSTS: hosts, MOODLE_CACHE_REDIS_HOSTS: hosts });
    }
    if (kind !== 'Deployment' || metadata.name !== 'pgbouncer') return;
    spec.replicas = 1;
    const [container] = spec.template.spec.containers;
    if (container === undefined) return;
    container.image = `registry.example.org/pgbouncer@${digest('c')}`;
    const changed: Record<string, string> = {
      PGBOUNCER_DB_PORT: String(postgres.port),
      PGBOUNCER_SERVER_TLS: 'disable',
    };
    container.env = container.env.map((one) =>
      one.name in changed ? { ...one, value: changed[one.name] ?? '' } : one,
    );
  });
  const ready = await kubectl('rollout', 'status', 'deployment/pgbouncer', '--timeout=40s');
  if (ready.code !== 0)
    throw new Error(
      `${ready.stderr}${(await kubectl('get', 'events')).stdout}${(await kubectl('logs', 'deployment/pgbouncer')).stdout}`,
    );
});

afterAll(async () => {
  await nodes?.stop();
  await server?.close();
  store?.close();
  await postgres?.stop();
  await redis?.server.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('a plan before anything runs the image starts nothing', async () => {
  const result = await action({ mode: 'plan' }).done;
  expect(result).toMatchObject({ code: '0', outcome: 'planned', 'state-before': 'unknown' });
  expect(jobs()).toEqual([]);
});

test('an empty database is installed through PgBouncer', async () => {
  const result = await action({ 'site-name': 'Rehearsed "site"' }).done;
  expect(result.log).toContain('Installation completed successfully.');
  expect(result).toMatchObject({ code: '0', outcome: 'applied', 'state-before': 'empty', 'state-after': 'installed' });
  expect(await postgres.sql('SELECT fullname FROM mdl_course WHERE category = 0')).toBe('Rehearsed "site"');
  for (const secret of [NASTY_PASSWORD, ADMIN_PASSWORD]) {
    expect(result.log).not.toContain(secret);
    expect(JSON.stringify(store.list('Job'))).not.toContain(JSON.stringify(secret).slice(1, -1));
  }
});

test('a second run changes nothing, and looks through a web pod once there is one', async () => {
  expect(await action({}).done).toMatchObject({ code: '0', outcome: 'unchanged' });
  await deploy('web', ['Deployment'], ({ spec }) => {
    spec.replicas = 1;
    for (const container of spec.template.spec.containers) Object.assign(container, { image: IMAGE, resources: {} });
  });
  const ready = await kubectl('rollout', 'status', 'deployment/moodle-web', '--timeout=40s');
  expect(ready).toMatchObject({ code: 0 });
  const before = created();
  expect(await action({ mode: 'plan' }).done).toMatchObject({
    code: '0',
    outcome: 'unchanged',
    'state-before': 'installed',
  });
  expect(await action({}).done).toMatchObject({ code: '0', outcome: 'unchanged' });
  expect(created()).toBe(before);
});

test('a newer image upgrades, also when the runner is killed meanwhile; then the older one is refused', async () => {
  const first = action({ image: NEXT_IMAGE });
  await until('the upgrade begins', () => jobs().some((name) => name.includes('upgrade')));
  first.child.kill('SIGKILL');
  await first.done;
  const second = await action({ image: NEXT_IMAGE }).done;
  expect(second.log).not.toContain('::error');
  expect(second).toMatchObject({ code: '0', 'state-after': 'installed', 'moodle-version': '5.0.0 (Build: 20260101)' });
  expect(jobs().filter((name) => name.includes('upgrade'))).toHaveLength(1);
  const back = await action({}).done;
  expect(back.code).toBe('1');
  expect(back.log).toContain('Moodle has no way back');
});

test('a database that is away is told as such', async () => {
  await kubectl('delete', 'deployment', 'pgbouncer');
  const result = await action({}).done;
  expect(result.code).toBe('1');
  expect(result.log).toMatch(/cannot reach the database: .*Check that PgBouncer runs/);
});
