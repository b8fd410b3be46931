import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { repositoryName } from './images.ts';
import { outsideWith, shell, startCluster, type TestCluster, text, until } from './testing.ts';

jest.setTimeout(30_000);

const files = mkdtempSync(join(tmpdir(), 'contexts-'));
let cluster: TestCluster;

function write(path: string, content: string) {
  mkdirSync(dirname(join(files, path)), { recursive: true });
  writeFileSync(join(files, path), content, { mode: 0o755 });
}

beforeAll(async () => {
  write(
    'moodle/Dockerfile',
    'FROM debian\nENV GREETING="hello there"\nCOPY --from=code /moodle/ /var/www/html/\nCOPY rootfs/ /\nWORKDIR /srv/here\nUSER 0:0\nENTRYPOINT ["/usr/local/bin/greet"]\nCMD ["all"]\n',
  );
  write(
    'moodle/rootfs/usr/local/bin/greet',
    '#!/bin/sh\necho "$GREETING $1 in $PWD"; cat /var/www/html/config.php /var/www/html/version.php\n',
  );
  write('moodle/rootfs/var/www/html/config.php', 'config of the image\n');
  write('moodle/rootfs/srv/here/x', '');
  write('tree/config.php', 'config of the tree\n');
  write('tree/version.php', 'version of the tree\n');
  const pgbouncer = resolve(import.meta.dirname, '../../../images/pgbouncer');
  const contexts: Record<string, string> = {
    'reg.example/moodle:1': join(files, 'moodle'),
    'reg.example/pgbouncer:1': pgbouncer,
  };
  cluster = await startCluster({
    moodleTree: join(files, 'tree'),
    outside: outsideWith({
      image: async (reference) => {
        const directory = contexts[reference];
        const digest = `sha256:${(directory === undefined ? '1' : '2').repeat(64)}`;
        return directory === undefined ? { digest } : { digest, directory };
      },
    }),
  });
});

afterAll(async () => {
  await cluster.stop();
  rmSync(files, { recursive: true, force: true });
});

const ended = (name: string) =>
  until(() => /Succeeded|Failed/.test(cluster.pod(name)?.status.phase ?? ''), `pod ${name} to end`);
const logOf = async (pod: string) => text(await cluster.nodes.logs({ namespace: 'moodle', pod }, { follow: false }));

test.each([
  ['redis', 'redis'],
  ['docker.io/valkey/valkey:8.1.4', 'valkey'],
  ['localhost:5000/team/moodle@sha256:abc', 'moodle'],
  ['reg.example/pgbouncer:1@sha256:abc', 'pgbouncer'],
])('the repository name of %s is %s', (reference, name) => {
  expect(repositoryName(reference)).toBe(name);
});

test('a built image: entrypoint, command, folder, variables, and the Moodle tree below the copied files', async () => {
  const spec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'reg.example/moodle:1' }] };
  cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain' }, spec });
  await ended('plain');
  expect(await logOf('plain')).toBe('hello there all in /srv/here\nconfig of the image\nversion of the tree\n');
});

test('args replace the command only, command replaces both; the tree itself is never written', async () => {
  const container = { name: 'main', image: 'reg.example/moodle:1' };
  const apply = (name: string, more: Record<string, unknown>) =>
    cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { restartPolicy: 'Never', containers: [{ ...container, ...more }] },
    });
  apply('args', { args: ['me'] });
  apply('command', { command: ['sh', '-c', 'echo made > /var/www/html/new; cat /var/www/html/new'] });
  await ended('args');
  await ended('command');
  expect(await logOf('args')).toMatch(/^hello there me in /);
  expect(await logOf('command')).toBe('made\n');
  expect(existsSync(join(files, 'tree/new'))).toBe(false);
});

test('an image that was never built is an error of its pod', async () => {
  cluster.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'unbuilt' },
    spec: shell('true', { image: 'reg.example/moodle:2' }),
  });
  const message = await until(() => cluster.pod('unbuilt')?.status.containerStatuses?.[0]?.state.waiting?.message);
  expect(message).toContain('build it first');
});

test('the PgBouncer image of this repository starts, answers its own readiness probe, and is measured', async () => {
  const env = [
    { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'PGBOUNCER_DB_HOST', value: '127.0.0.1' },
    { name: 'PGBOUNCER_DB_NAME', value: 'moodle' },
    { name: 'PGBOUNCER_DB_USER', value: 'moodle' },
    { name: 'PGBOUNCER_DB_PASSWORD_FILE', value: '/mnt/secrets/password' },
    { name: 'PGBOUNCER_SOCKET_DIR', value: '/console' },
  ];
  cluster.apply({ kind: 'Secret', metadata: { name: 'db' }, data: { password: Buffer.from('x').toString('base64') } });
  const container = {
    name: 'main',
    image: 'reg.example/pgbouncer:1',
    env,
    readinessProbe: { exec: { command: ['pgbouncer-ready'] }, timeoutSeconds: 5 },
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'run', mountPath: '/run' },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'secrets', mountPath: '/mnt/secrets' },
      { name: 'console', mountPath: '/console' },
    ],
  };
  const exporter = {
    name: 'metrics',
    image: 'docker.io/prometheuscommunity/pgbouncer-exporter:v0.11.0',
    args: [
      '--pgBouncer.connectionString=postgres:///pgbouncer?host=/console&port=5432&user=pgbouncer&sslmode=disable',
      '--web.listen-address=$(POD_IP):9127',
    ],
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'console', mountPath: '/console' }],
  };
  const volumes = [
    { name: 'run', emptyDir: { medium: 'Memory' } },
    { name: 'tmp', emptyDir: {} },
    { name: 'console', emptyDir: { medium: 'Memory' } },
    { name: 'secrets', secret: { secretName: 'db' } },
  ];
  const securityContext = { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 };
  const spec = { terminationGracePeriodSeconds: 1, securityContext, volumes, containers: [container, exporter] };
  cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pgbouncer' }, spec });
  await until(() => cluster.pod('pgbouncer')?.status.containerStatuses?.[0]?.ready, 'readiness');
  const metrics = await fetch(`http://${cluster.pod('pgbouncer')?.status.podIP}:9127/metrics`);
  expect(await metrics.text()).toContain(
    'pgbouncer_up 1\npgbouncer_pools_client_active_connections{database="pgbouncer",',
  );
});

test('the exporter beside a Redis server says what the server says, and refuses an option that it does not know', async () => {
  const env = [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }];
  const exporter = {
    name: 'metrics',
    image: 'docker.io/oliver006/redis_exporter:v1.80.0',
    env,
    securityContext: { readOnlyRootFilesystem: true },
    args: ['--redis.addr=redis://$(POD_IP):6379', '--web.listen-address=$(POD_IP):9121', '--redis-only-metrics'],
  };
  const server = { name: 'redis', image: 'redis', command: ['redis-server'], args: ['--maxmemory', '64mb'] };
  const spec = { terminationGracePeriodSeconds: 1, containers: [server, exporter] };
  cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'measured' }, spec });
  const metrics = async (): Promise<string> => {
    const ip = cluster.pod('measured')?.status.podIP;
    return fetch(`http://${ip}:9121/metrics`).then(
      (response) => response.text(),
      () => '',
    );
  };
  const up = await until(async () => {
    const said = await metrics();
    return said.includes('redis_up 1') && said;
  }, 'metrics');
  expect(up).toContain('redis_memory_max_bytes 67108864');
  const wrong = { ...exporter, args: ['--web.listen-adress=:9121'] };
  cluster.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'mistyped' },
    spec: { restartPolicy: 'Never', containers: [wrong] },
  });
  await ended('mistyped');
  expect(await logOf('mistyped')).toContain('flag provided but not defined: -web.listen-adress');
});
