import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { forever, shell, startCluster, type TestCluster, text, until } from './testing.ts';

jest.setTimeout(30_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

function pod(name: string, spec: Record<string, unknown>, labels: Record<string, string> = {}) {
  cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec });
}

const phase = (name: string) => cluster.pod(name)?.status.phase;
const mainState = (name: string) => cluster.pod(name)?.status.containerStatuses?.[0];
const running = (name: string) => until(() => mainState(name)?.state.running, `pod ${name} to run`);
const ended = (name: string) => until(() => /Succeeded|Failed/.test(phase(name) ?? ''), `pod ${name} to end`);
const events = (name: string) =>
  cluster.store
    .list('Event', { namespace: 'moodle' })
    .filter((event) => (event.involvedObject as { name?: string }).name === name)
    .map((event) => `${event.reason}: ${event.message}`);

async function logOf(name: string, options: { previous?: boolean; tailLines?: number; container?: string } = {}) {
  const { container, ...rest } = options;
  const ref = { namespace: 'moodle', pod: name, ...(container === undefined ? {} : { container }) };
  return text(await cluster.nodes.logs(ref, { follow: false, ...rest }));
}

test('a container whose first process is killed from outside ends as by SIGKILL, and its log says nothing of it', async () => {
  const mark = `marked-${Math.random()}`;
  pod('struck', shell(`echo before; : ${mark}; while :; do sleep 0.05; done`, {}, { restartPolicy: 'Never' }));
  await running('struck');
  const commandLine = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  };
  const [first = ''] = readdirSync('/proc').filter(
    (pid) => /^sh -c .*marked/.test(commandLine(pid)) && commandLine(pid).includes(mark),
  );
  process.kill(Number(first), 'SIGKILL');
  await ended('struck');
  expect(mainState('struck')?.state.terminated).toMatchObject({ exitCode: 137, signal: 9 });
  expect(await logOf('struck')).toBe('before\n');
});

describe('images', () => {
  test('one that the registry does not have is backed off', async () => {
    pod('no-image', shell('true', { image: 'registry.example/missing:1' }));
    const waiting = await until(
      () => mainState('no-image')?.state.waiting?.reason === 'ImagePullBackOff' && mainState('no-image')?.state.waiting,
    );
    expect(waiting.message).toContain('registry.example/missing:1: not found');
    expect(events('no-image').join()).toContain('Failed to pull image "registry.example/missing:1"');
    expect(phase('no-image')).toBe('Pending');
  });

  test('one without an adapter is refused by name', async () => {
    pod('unknown', shell('true', { image: 'docker.io/library/nginx:1.27' }));
    const message = await until(() => mainState('unknown')?.state.waiting?.message);
    expect(message).toContain('no adapter for the image "docker.io/library/nginx:1.27"');
  });

  test('what a container writes outside its volumes is gone with it and never on the machine', async () => {
    pod('fresh', shell('ls /usr/local/mark 2>/dev/null; touch /usr/local/mark; exit 1', {}));
    await until(() => (mainState('fresh')?.restartCount ?? 0) > 1, 'restarts');
    expect(await logOf('fresh', { previous: true })).toBe('');
    cluster.store.delete({ kind: 'Pod', namespace: 'moodle', name: 'fresh' });
  });
});

describe('ends and restarts', () => {
  test('a crash loop shows CrashLoopBackOff, the exit code and the previous log', async () => {
    pod('crash', shell('echo going down; exit 3'));
    const status = await until(() => {
      const found = mainState('crash');
      return found?.state.waiting?.reason === 'CrashLoopBackOff' && found;
    });
    expect(status.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(status.state.waiting?.message).toContain('restarting failed container=main pod=crash_moodle(');
    expect(events('crash').join()).toContain('Back-off restarting failed container main');
    expect(await logOf('crash', { previous: true })).toBe('going down\n');
  });

  test('restartPolicy Never: the exit code decides between Succeeded and Failed', async () => {
    pod('good', shell('exit 0', {}, { restartPolicy: 'Never' }));
    pod('bad', shell('exit 9', {}, { restartPolicy: 'Never' }));
    await ended('good');
    await ended('bad');
    expect([phase('good'), phase('bad')]).toEqual(['Succeeded', 'Failed']);
    expect(mainState('bad')?.state.terminated?.exitCode).toBe(9);
  });

  test('init containers run in order, and a failing one keeps the others from starting', async () => {
    const init = (name: string, script: string) => ({ name, image: 'redis', command: ['sh', '-c', script] });
    const initContainers = [init('first', 'exit 4'), init('second', 'true')];
    pod('init', shell('true', {}, { initContainers, restartPolicy: 'Never' }));
    await ended('init');
    expect(phase('init')).toBe('Failed');
    const states = cluster.pod('init')?.status.initContainerStatuses?.map(({ state }) => state);
    expect(states?.[0]?.terminated?.exitCode).toBe(4);
    expect(states?.[1]?.waiting?.reason).toBe('PodInitializing');
    expect(mainState('init')?.state.waiting?.reason).toBe('PodInitializing');
  });

  test('a sidecar starts first, stays beside the containers, and ends after them', async () => {
    const sidecar = { name: 'proxy', image: 'redis', restartPolicy: 'Always', command: ['sh', '-c', forever] };
    pod('sidecar', shell('sleep 0.2', {}, { initContainers: [sidecar], restartPolicy: 'Never' }));
    await until(() => cluster.pod('sidecar')?.status.initContainerStatuses?.[0]?.state.running, 'the sidecar');
    await ended('sidecar');
    expect(phase('sidecar')).toBe('Succeeded');
    const last = await until(() => cluster.pod('sidecar')?.status.initContainerStatuses?.[0]?.state.terminated);
    expect(last.exitCode).toBe(0);
  });

  test('deletion runs preStop, then SIGTERM, and the object goes when the process has ended', async () => {
    const script = 'trap "echo term >> /out/log; exit 0" TERM; while :; do sleep 0.05; done';
    const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'echo stopping >> /out/log'] } } };
    cluster.apply({
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'out' },
      spec: {
        accessModes: ['ReadWriteMany'],
        storageClassName: 'azurefile-csi',
        resources: { requests: { storage: '1Gi' } },
      },
    });
    const volumes = [{ name: 'out', persistentVolumeClaim: { claimName: 'out' } }];
    const volumeMounts = [{ name: 'out', mountPath: '/out' }];
    pod('polite', shell(script, { lifecycle, volumeMounts }, { volumes, terminationGracePeriodSeconds: 10 }));
    await running('polite');
    cluster.store.delete({ kind: 'Pod', namespace: 'moodle', name: 'polite' });
    expect(cluster.pod('polite')?.metadata.deletionTimestamp).toBeDefined();
    await until(() => cluster.pod('polite') === undefined, 'the pod to go', 5);
    pod('reader', shell('cat /out/log', { volumeMounts }, { volumes, restartPolicy: 'Never' }));
    await ended('reader');
    expect(await logOf('reader')).toBe('stopping\nterm\n');
  });

  test('process 1 that ignores SIGTERM is killed when its grace is over', async () => {
    pod('stubborn', shell('exec sleep 1000', {}, { terminationGracePeriodSeconds: 1 }));
    await running('stubborn');
    const begin = Date.now();
    cluster.store.delete({ kind: 'Pod', namespace: 'moodle', name: 'stubborn' });
    await until(() => cluster.pod('stubborn') === undefined, 'the pod to go', 8);
    expect(Date.now() - begin).toBeGreaterThan(900);
  });

  test('what the nodes do not implement is refused by its name', async () => {
    pod('host', { ...shell('true'), hostNetwork: true });
    const waiting = await until(() => mainState('host')?.state.waiting?.message);
    expect(waiting).toBe('The rehearsal does not implement spec.hostNetwork.');
  });
});
