import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { programsOf } from './redis-programs.ts';
import { RedisServers } from './redis-servers.ts';
import { until } from './until.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const BASE = join(ROOT, 'manifests/redis/base');

interface Selector {
  matchLabels: Record<string, string>;
}

interface Container {
  name: string;
  image: string;
  args: string[];
  ports: { name: string; containerPort: number }[];
  resources: { limits: { memory: string } };
  securityContext: object;
}

interface PodSpec {
  containers: [Container, ...Container[]];
  securityContext: object;
  automountServiceAccountToken: boolean;
  priorityClassName: string;
  nodeSelector: Record<string, string>;
  tolerations: object[];
  topologySpreadConstraints: { labelSelector: Selector }[];
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: { podAffinityTerm: { labelSelector: Selector } }[];
    };
  };
  volumes: { configMap: { name: string } }[];
}

/** The specification of each kind, as far as it is read here. */
interface Specs {
  StatefulSet: {
    selector: Selector;
    template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
  };
  Service: { selector: Record<string, string> };
  PodDisruptionBudget: object;
  NetworkPolicy: { podSelector: Selector; ingress: { from: object[]; ports: { port: number }[] }[] };
  PodMonitor: { selector: Selector; podMetricsEndpoints: { port: string }[] };
}

interface Rendered<Spec = unknown> {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  spec: Spec;
  data: Record<string, string>;
}

function render(cluster: string): Rendered[] {
  const { stdout, stderr, status } = spawnSync('kubectl', ['kustomize', join(ROOT, 'manifests/redis', cluster)], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return parseAllDocuments(stdout).map((document) => document.toJS() as Rendered);
}

describe.each(['sessions', 'cache'])('manifests/redis/%s', (cluster) => {
  const name = `redis-${cluster}`;
  const objects = render(cluster);
  const find = <Kind extends string>(kind: Kind): Rendered<Kind extends keyof Specs ? Specs[Kind] : unknown> => {
    const object = objects.find((candidate) => candidate.kind === kind);
    if (object === undefined) throw new Error(`no ${kind}`);
    return object as ReturnType<typeof find<Kind>>;
  };
  const pod = find('StatefulSet').spec.template.spec;
  const [container] = pod.containers;

  test('the StatefulSet has the Service of its own name, listed before it is ready', () => {
    expect(find('StatefulSet')).toMatchObject({
      metadata: { name },
      spec: { serviceName: name, podManagementPolicy: 'Parallel' },
    });
    expect(find('Service')).toMatchObject({
      metadata: { name },
      spec: { clusterIP: 'None', publishNotReadyAddresses: true },
    });
  });

  test('everything selects the pods of this cluster and no others', () => {
    const mine = { 'app.kubernetes.io/name': name };
    expect(find('StatefulSet').spec.template.metadata.labels).toMatchObject(mine);
    expect(find('StatefulSet').spec.selector.matchLabels).toEqual(mine);
    expect(find('Service').spec.selector).toEqual(mine);
    expect(find('PodDisruptionBudget').spec).toEqual({ maxUnavailable: 1, selector: { matchLabels: mine } });
    expect(find('NetworkPolicy').spec.podSelector.matchLabels).toEqual(mine);
    expect(find('PodMonitor')).toMatchObject({ metadata: { name }, spec: { selector: { matchLabels: mine } } });
    for (const { labelSelector } of pod.topologySpreadConstraints) expect(labelSelector.matchLabels).toEqual(mine);
    expect(
      pod.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]?.podAffinityTerm.labelSelector
        .matchLabels,
    ).toEqual(mine);
  });

  test('the namespace is exactly the one that the services apply', () => {
    const [namespace] = parseAllDocuments(readFileSync(join(ROOT, 'manifests/namespace/namespace.yaml'), 'utf8')).map(
      (document) => document.toJS() as Rendered,
    );
    expect(find('Namespace')).toEqual(namespace);
  });

  test('runs under the restricted standard', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 999,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext } of pod.containers) {
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(pod.automountServiceAccountToken).toBe(false);
  });

  test('clients reach the server, only the nodes themselves the bus, and only the metrics agent the exporter', () => {
    const sources = (port: number) =>
      find('NetworkPolicy')
        .spec.ingress.filter(({ ports }) => ports.some((one) => one.port === port))
        .map(({ from }) => JSON.stringify(from));
    expect(sources(6379)).toEqual([
      expect.stringContaining('"values":["moodle-web","moodle-cron","moodle-database"]'),
      expect.stringContaining(name),
    ]);
    expect(sources(16379)).toEqual([
      JSON.stringify([{ podSelector: { matchLabels: { 'app.kubernetes.io/name': name } } }]),
    ]);
    expect(sources(9121)).toEqual([expect.stringContaining('kube-system')]);
  });

  test('the exporter looks at the server beside it, and its port is what is read', () => {
    const exporter = pod.containers.find(({ name: one }) => one === 'metrics');
    expect(exporter?.args).toContain('--redis.addr=redis://$(POD_IP):6379');
    const [port] = exporter?.ports ?? [];
    expect(port).toEqual({ name: find('PodMonitor').spec.podMetricsEndpoints[0]?.port, containerPort: 9121 });
    expect(pod.containers[0].name).toBe('redis');
  });

  test('goes before every other pod of Moodle, and only where the pool is for it', () => {
    const priority = find('PriorityClass') as unknown as { metadata: { name: string }; value: number };
    expect(pod.priorityClassName).toBe(priority.metadata.name);
    const others = parseAllDocuments(readFileSync(join(ROOT, 'manifests/configuration/priorities.yaml'), 'utf8'));
    for (const other of others) expect(priority.value).toBeGreaterThan((other.toJS() as { value: number }).value);
    expect(pod.nodeSelector).toEqual({ 'kubernetes.azure.com/agentpool': 'redis' });
    expect(pod.tolerations).toEqual([{ key: 'workload', operator: 'Equal', value: 'redis', effect: 'NoSchedule' }]);
  });

  test('memory: the server keeps below the limit of the container, by the right policy', () => {
    const config = find('ConfigMap').data['purpose.conf'] ?? '';
    const [, amount, unit] = /^maxmemory (\d+)(mb|gb)$/m.exec(config) ?? [];
    const bytes = Number(amount) * (unit === 'gb' ? 1024 ** 3 : 1024 ** 2);
    expect(container.resources.limits.memory).toBe('4Gi');
    expect(bytes).toBeLessThanOrEqual(0.75 * 4 * 1024 ** 3);
    expect(config).toContain(cluster === 'sessions' ? 'maxmemory-policy noeviction' : 'maxmemory-policy allkeys-lru');
    expect(config).toContain(cluster === 'sessions' ? 'appendonly yes' : 'appendonly no');
  });

  test('every file that the pod runs or reads is in the ConfigMap that it mounts', () => {
    const config = find('ConfigMap');
    expect(pod.volumes[0]?.configMap.name).toBe(config.metadata.name);
    const used = JSON.stringify([container, config.data]).match(/\/etc\/valkey\/[a-z.-]+/g) ?? [];
    for (const path of new Set(used)) expect(config.data).toHaveProperty([path.split('/').at(-1) ?? '']);
    expect(container.image).toMatch(/^docker\.io\/valkey\/valkey:8\.\d+\.\d+$/);
  });

  // Redis 6.2 does not know all of them.
  test.each(['redis-7.0', 'redis-8.0', 'valkey-8.1'])(
    '%s starts with this configuration and these arguments',
    async (version) => {
      const { server, client } = programsOf(version);
      const directory = mkdtempSync(join(tmpdir(), 'redis-manifest-'));
      for (const [file, text] of Object.entries(find('ConfigMap').data)) {
        writeFileSync(
          join(directory, file),
          text.replaceAll('/etc/valkey/', `${directory}/`).replaceAll('dir /data', `dir ${directory}`),
        );
      }
      const ip = `127.123.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`;
      const variables: Record<string, string> = {
        POD_IP: ip,
        POD_NAME: `${name}-0`,
        SERVICE_NAME: name,
        POD_NAMESPACE: 'moodle',
      };
      const words = container.args.map((word) =>
        word.replace(/\$\((\w+)\)/g, (_, variable: string) => variables[variable] ?? ''),
      );
      const pidFile = join(directory, 'pid');
      try {
        const started = spawnSync(
          server,
          [join(directory, 'valkey.conf'), ...words, '--daemonize', 'yes', '--pidfile', pidFile],
          { encoding: 'utf8' },
        );
        expect({ status: started.status, said: started.stdout }).toMatchObject({ status: 0 });
        const cli = (...command: string[]) =>
          spawnSync(client, ['-h', ip, ...command], { encoding: 'utf8' }).stdout.trim();
        await until(() => cli('ping'), 'PONG');
        expect(cli('cluster', 'nodes')).toContain(
          `${ip}:6379@16379,${name}-0.${name}.moodle.svc.cluster.local myself,master`,
        );
        expect(cli('config', 'get', 'maxmemory-policy')).toContain(
          cluster === 'sessions' ? 'noeviction' : 'allkeys-lru',
        );
      } finally {
        process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
        rmSync(directory, { recursive: true, force: true });
      }
    },
  );
});

describe('the scripts of the pods, under dash', () => {
  let servers: RedisServers;
  beforeAll(async () => {
    servers = await RedisServers.start(2);
  });
  afterAll(() => servers.stop());

  function run(script: string, ip: string, path = process.env.PATH ?? '') {
    const { status, stdout } = spawnSync('/bin/dash', [join(BASE, script)], {
      env: { PATH: path, POD_IP: ip },
      encoding: 'utf8',
    });
    return { status, said: stdout.trim() };
  }

  /** A client that answers as a server in some state does. */
  function answering(text: string): string {
    const directory = join(servers.directory, 'client');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'valkey-cli'), `#!/bin/sh\necho '${text}'\n`, { mode: 0o755 });
    return `${directory}:${process.env.PATH}`;
  }

  test.each(['liveness.sh', 'readiness.sh'])('%s passes when the server is up, and fails when it is down', (script) => {
    expect(run(script, servers.ips[0] ?? '')).toEqual({ status: 0, said: '' });
    expect(run(script, '127.122.0.8')).toEqual({ status: 1, said: expect.stringContaining('Connection refused') });
  });

  test.each(['liveness.sh', 'readiness.sh'])(
    '%s fails when the server hangs, before the probe itself times out',
    (script) => {
      servers.hang(0, true);
      try {
        const started = Date.now();
        expect(run(script, servers.ips[0] ?? '').status).toBe(1);
        expect(Date.now() - started).toBeLessThan(5000);
      } finally {
        servers.hang(0, false);
      }
    },
  );

  test('a server that loads its data is alive and not ready', () => {
    const path = answering('LOADING Redis is loading the dataset in memory');
    expect(run('liveness.sh', '127.0.0.1', path).status).toBe(0);
    expect(run('readiness.sh', '127.0.0.1', path).status).toBe(1);
  });

  test('a server that wants a password, or a client that is missing, is neither', () => {
    const path = answering('NOAUTH Authentication required.');
    const empty = join(servers.directory, 'empty');
    mkdirSync(empty, { recursive: true });
    for (const script of ['liveness.sh', 'readiness.sh']) {
      expect(run(script, '127.0.0.1', path).status).toBe(1);
      expect(run(script, servers.ips[0] ?? '', empty).status).toBe(1);
    }
  });

  test('prestop.sh hands a primary over to its replica and leaves a replica alone', async () => {
    servers.cli(0, 'cluster', 'addslotsrange', '0', '16383');
    servers.cli(0, 'cluster', 'meet', servers.ips[1] ?? '', '6379');
    const id = servers.cli(0, 'cluster', 'myid');
    await until(() => servers.cli(1, 'cluster', 'replicate', id), 'OK');
    await until(() => /master_link_status:(\w+)/.exec(servers.cli(1, 'info', 'replication'))?.[1] ?? '', 'up');
    await until(() => (servers.cli(0, 'info', 'replication').includes('state=online') ? 'online' : ''), 'online');
    for (const ordinal of [0, 1]) {
      await until(() => /cluster_state:(\w+)/.exec(servers.cli(ordinal, 'cluster', 'info'))?.[1] ?? '', 'ok');
    }
    expect(run('prestop.sh', servers.ips[1] ?? '').status).toBe(0);
    expect(servers.cli(0, 'info', 'replication')).toContain('role:master');
    expect(run('prestop.sh', servers.ips[0] ?? '').status).toBe(0);
    expect(servers.cli(0, 'info', 'replication')).toContain('role:slave');
    expect(servers.cli(1, 'info', 'replication')).toContain('role:master');

    // It has a replica in step, and no slot.
    await until(() => (servers.cli(1, 'info', 'replication').includes('state=online') ? 'online' : ''), 'online');
    expect(servers.cli(1, 'cluster', 'delslotsrange', '0', '16383')).toBe('OK');
    const started = Date.now();
    expect(run('prestop.sh', servers.ips[1] ?? '').status).toBe(0);
    expect(Date.now() - started).toBeLessThan(4000);
    expect(servers.cli(1, 'info', 'replication')).toContain('role:master');
  }, 30_000);
});
