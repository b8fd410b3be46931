import { connect } from 'node:net';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../ports.ts';
import { outsideWith, shell, startCluster, type TestCluster, until } from './testing.ts';

jest.setTimeout(30_000);

let cluster: TestCluster;
const balancer: string[] = [];
/** An address of this test run alone, as the platform outside would give one. */
const balancerIP = `127.112.${process.pid % 250}.${(Date.now() % 250) + 1}`;

beforeAll(async () => {
  cluster = await startCluster({
    outside: outsideWith({
      loadBalancer: async (service: KubeObject) => {
        if (service.metadata.name === 'refused') {
          throw new Error('PrivateLinkServiceQuotaExceeded');
        }
        balancer.push(`made for ${service.metadata.name}`);
        return { ip: balancerIP };
      },
      loadBalancerGone: async (service: KubeObject) => {
        balancer.push(`gone for ${service.metadata.name}`);
      },
      hosts: () => ({ 'database.example.org': '127.5.5.5' }),
    }),
  });
  const serve = `mkdir -p /tmp/www; echo '<?php if (!file_exists("/tmp/up")) http_response_code(503); echo gethostname();' > /tmp/www/index.php; touch /tmp/up; exec php -S "$IP:8080" -t /tmp/www`;
  const container = {
    env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { port: 'http' }, periodSeconds: 1, failureThreshold: 1 },
  };
  cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      serviceName: 'web-pods',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: shell(serve, container) },
    },
  });
  const ports = [{ name: 'http', port: 8000, targetPort: 'http' }];
  service('web', { selector: { app: 'web' }, ports });
  service('web-pods', { clusterIP: 'None', selector: { app: 'web' }, ports });
  service('moodle-svc', { type: 'LoadBalancer', selector: { app: 'web' }, ports });
  await until(() => status('StatefulSet', 'web').readyReplicas === 2, 'two ready pods');
});

afterAll(() => cluster.stop());

function service(name: string, spec: Record<string, unknown>) {
  return cluster.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
}

const object = (kind: string, name: string) => cluster.store.get({ kind, namespace: 'moodle', name });
const status = (kind: string, name: string) => (object(kind, name)?.status ?? {}) as Record<string, unknown>;
const clusterIP = () => String(object('Service', 'web')?.spec?.clusterIP);

function refused(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => resolve((error as NodeJS.ErrnoException).code === 'ECONNREFUSED'));
  });
}

async function answers(host: string, count: number): Promise<string[]> {
  const seen: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const response = await fetch(`http://${host}:8000/`, { headers: { connection: 'close' } });
    seen.push(await response.text());
  }
  return seen.sort();
}

test('a Service passes connections to its pods in turn', async () => {
  await until(async () => !(await refused(clusterIP(), 8000)), 'the listener');
  expect(await answers(clusterIP(), 4)).toEqual(['web-0', 'web-0', 'web-1', 'web-1']);
});

test('a load balancer gets the platform’s address and answers there', async () => {
  await until(() => status('Service', 'moodle-svc').loadBalancer, 'the address');
  expect(status('Service', 'moodle-svc').loadBalancer).toEqual({ ingress: [{ ip: balancerIP, ipMode: 'VIP' }] });
  await until(async () => !(await refused(balancerIP, 8000)), 'the listener');
  expect(await answers(balancerIP, 2)).toEqual(['web-0', 'web-1']);
  expect(balancer).toEqual(['made for moodle-svc']);
});

test('a platform that refuses is told by an Event, and the Service has no address', async () => {
  service('refused', { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80 }] });
  const event = await until(() =>
    cluster.store.list('Event', { namespace: 'moodle' }).find(({ reason }) => reason === 'SyncLoadBalancerFailed'),
  );
  expect(event.message).toBe('Error syncing load balancer: PrivateLinkServiceQuotaExceeded');
  expect(status('Service', 'refused').loadBalancer).not.toHaveProperty('ingress');
  cluster.store.delete({ kind: 'Service', namespace: 'moodle', name: 'refused' });
});

test('pods resolve Services, each other and the outside, and nothing else', async () => {
  const lookup = async (name: string) => (await cluster.run('web-0', ['getent', 'ahostsv4', name])).out.split(/\s+/)[0];
  const other = cluster.pod('web-1')?.status.podIP;
  for (const name of ['web', 'web.moodle', 'web.moodle.svc', 'web.moodle.svc.cluster.local']) {
    expect([name, await lookup(name)]).toEqual([name, clusterIP()]);
  }
  for (const name of ['web-1.web-pods', 'web-1.web-pods.moodle.svc', 'web-1.web-pods.moodle.svc.cluster.local']) {
    expect([name, await lookup(name)]).toEqual([name, other]);
  }
  expect(await lookup('database.example.org')).toBe('127.5.5.5');
  expect(await lookup('web-0')).toBe(cluster.pod('web-0')?.status.podIP);
  expect((await cluster.run('web-0', ['getent', 'hosts', 'nowhere.moodle'])).code).not.toBe(0);
  const headless = await cluster.run('web-0', [
    'sh',
    '-c',
    'getent ahostsv4 web-pods | cut -d" " -f1 | sort -u | wc -l',
  ]);
  expect(headless.out.trim()).toBe('2');
});

test('a pod reaches another through the Service', async () => {
  const php = 'echo file_get_contents("http://web:8000/");';
  expect((await cluster.run('web-0', ['php', '-r', php])).out).toMatch(/^web-[01]$/);
});

test('a pod that is not ready gets no connection and loses its name; without any, connections are refused', async () => {
  await cluster.run('web-0', ['rm', '/tmp/up']);
  const ready = () => Number(status('StatefulSet', 'web').readyReplicas ?? 0);
  await until(() => ready() === 1, 'one ready pod');
  await until(() => endpoints().filter(({ conditions }) => conditions.ready).length === 1, 'one ready endpoint');
  expect(await answers(clusterIP(), 3)).toEqual(['web-1', 'web-1', 'web-1']);
  expect((await cluster.run('web-1', ['getent', 'hosts', 'web-0.web-pods'])).code).not.toBe(0);
  await cluster.run('web-1', ['rm', '/tmp/up']);
  await until(() => ready() === 0, 'no ready pod');
  await until(() => refused(clusterIP(), 8000), 'the refusal');
  await cluster.run('web-0', ['touch', '/tmp/up']);
  await cluster.run('web-1', ['touch', '/tmp/up']);
  await until(() => ready() === 2, 'two ready pods');
});

function endpoints() {
  const slices = cluster.store.list('EndpointSlice', { labels: { 'kubernetes.io/service-name': 'web' } });
  return (slices[0]?.endpoints ?? []) as { conditions: { ready: boolean } }[];
}

test('the variables of Services are there, as Kubernetes makes them', async () => {
  cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'linked' }, spec: shell('sleep 100') });
  await until(() => cluster.pod('linked')?.status.phase === 'Running', 'the pod');
  const { out } = await cluster.run('linked', ['sh', '-c', 'echo $WEB_SERVICE_HOST $WEB_PORT']);
  expect(out).toBe(`${clusterIP()} tcp://${clusterIP()}:8000\n`);
});

test('a deleted load balancer is given back to the platform', async () => {
  cluster.store.delete({ kind: 'Service', namespace: 'moodle', name: 'moodle-svc' });
  await until(() => balancer.includes('gone for moodle-svc'), 'the end of the load balancer');
  await until(() => refused(balancerIP, 8000), 'the refusal');
});
