import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { forever, shell, startCluster, type TestCluster, until } from './testing.ts';

jest.setTimeout(30_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

function pod(name: string, spec: Record<string, unknown>, labels: Record<string, string> = {}) {
  cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec });
}

const mainState = (name: string) => cluster.pod(name)?.status.containerStatuses?.[0];
const running = (name: string) => until(() => mainState(name)?.state.running, `pod ${name} to run`);
const events = (name: string) =>
  cluster.store
    .list('Event', { namespace: 'moodle' })
    .filter((event) => (event.involvedObject as { name?: string }).name === name)
    .map((event) => `${event.reason}: ${event.message}`);

describe('probes', () => {
  test('a pod is not ready while its readiness probe fails, and says why', async () => {
    const readinessProbe = {
      exec: { command: ['sh', '-c', 'test -e /tmp/ok || { echo no file; false; }'] },
      periodSeconds: 1,
    };
    pod('unready', shell(forever, { readinessProbe }));
    await running('unready');
    await until(() => events('unready').some((line) => line === 'Unhealthy: Readiness probe failed: no file'));
    const ready = () => cluster.pod('unready')?.status.conditions?.find(({ type }) => type === 'Ready');
    expect(ready()).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
    await cluster.run('unready', ['touch', '/tmp/ok']);
    await until(() => ready()?.status === 'True', 'readiness');
    await cluster.run('unready', ['rm', '/tmp/ok']);
    await until(() => ready()?.status === 'False', 'lost readiness', 8);
  });

  test('a failing liveness probe restarts the container', async () => {
    const livenessProbe = {
      exec: { command: ['test', '!', '-e', '/tmp/sick'] },
      periodSeconds: 1,
      failureThreshold: 1,
    };
    pod('sick', shell(forever, { livenessProbe }));
    await running('sick');
    await cluster.run('sick', ['touch', '/tmp/sick']);
    await until(() => mainState('sick')?.restartCount === 1 && mainState('sick')?.ready, 'the restart');
    expect(events('sick').join()).toContain('Container main failed liveness probe, will be restarted');
  });

  test('readiness waits for the startup probe; httpGet and tcpSocket reach the port by name', async () => {
    const script = 'sleep 0.4; exec php -S "$IP:8080" -t /tmp';
    const port = { name: 'http', containerPort: 8080 };
    const more = {
      env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
      ports: [port],
      startupProbe: { tcpSocket: { port: 'http' }, periodSeconds: 1, failureThreshold: 30 },
      readinessProbe: { httpGet: { port: 'http', path: '/x.txt' }, periodSeconds: 1 },
    };
    pod('web', shell(script, more));
    await until(() => mainState('web')?.started, 'the startup probe');
    await until(() => events('web').some((line) => line.includes('HTTP probe failed with statuscode: 404')));
    expect(mainState('web')?.ready).toBe(false);
    await cluster.run('web', ['sh', '-c', 'echo hi > /tmp/x.txt']);
    await until(() => mainState('web')?.ready, 'readiness');
  });

  test('a startup probe that never succeeds restarts the container', async () => {
    const startupProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 };
    pod('never-up', shell(forever, { startupProbe }));
    await until(() => (mainState('never-up')?.restartCount ?? 0) >= 1, 'the restart');
    expect(mainState('never-up')?.ready).toBe(false);
  });
});
