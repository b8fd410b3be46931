import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { forever, outsideWith, shell, startCluster, type TestCluster, text, until } from './testing.ts';

jest.setTimeout(30_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({
    outside: outsideWith({
      secret: async (vault, name) => {
        if (vault !== 'vault-1' || name !== 'database-password') {
          throw new Error(`Secret not found: ${name}`);
        }
        return 'p$w"d';
      },
    }),
  });
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

describe('environment', () => {
  test('comes from values, fields, ConfigMaps and Secrets, and expands references', async () => {
    cluster.apply({ kind: 'ConfigMap', metadata: { name: 'settings' }, data: { COLOUR: 'blue', size: '3' } });
    cluster.apply({
      kind: 'Secret',
      metadata: { name: 'keys' },
      data: { token: Buffer.from('s3cret').toString('base64') },
    });
    const env = [
      { name: 'HOST', value: 'db' },
      { name: 'URL', value: 'pg://$(HOST):$(PORT)/$$(HOST)' },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'TIER', valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
      { name: 'SIZE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'size' } } },
      { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'no', optional: true } } },
    ];
    const more = { env, envFrom: [{ prefix: 'S_', configMapRef: { name: 'settings' } }], args: ['$(HOST)'] };
    const script = 'echo "$URL|$IP|$NODE|$TIER|$TOKEN|$SIZE|$S_COLOUR|$NONE|$0"';
    pod('env', shell(script, more, { restartPolicy: 'Never' }), { tier: 'web' });
    await ended('env');
    const { status, spec } = cluster.pod('env') ?? { status: {}, spec: { nodeName: '' } };
    expect(await logOf('env')).toBe(`pg://db:$(PORT)/$(HOST)|${status.podIP}|${spec.nodeName}|web|s3cret|3|blue||db\n`);
  });

  test('a missing ConfigMap key keeps the pod waiting with the key in the message, until it is there', async () => {
    const env = [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'late', key: 'x' } } }];
    pod('late', shell('echo "$X"', { env }, { restartPolicy: 'Never' }));
    const waiting = await until(() => mainState('late')?.state.waiting?.message && mainState('late')?.state.waiting);
    expect(waiting).toEqual({ reason: 'CreateContainerConfigError', message: 'configmap "late" not found' });
    cluster.apply({ kind: 'ConfigMap', metadata: { name: 'late' }, data: { x: 'now' } });
    await ended('late');
    expect(await logOf('late')).toBe('now\n');
  });
});

describe('volumes', () => {
  test('configMap with items and mode, secret, emptyDir shared by containers, subPath and downward API', async () => {
    cluster.apply({ kind: 'ConfigMap', metadata: { name: 'files' }, data: { 'a.conf': 'A', b: 'B' } });
    cluster.apply({
      kind: 'Secret',
      metadata: { name: 'secret-files' },
      data: { key: Buffer.from('K').toString('base64') },
    });
    const volumes = [
      {
        name: 'conf',
        configMap: { name: 'files', items: [{ key: 'a.conf', path: 'sub/x.conf' }], defaultMode: 0o400 },
      },
      { name: 'all', configMap: { name: 'files' } },
      { name: 'secret', secret: { secretName: 'secret-files' } },
      { name: 'scratch', emptyDir: { medium: 'Memory' } },
      { name: 'info', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
      { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'api' } }] } },
    ];
    const volumeMounts = [
      { name: 'conf', mountPath: '/etc/app' },
      { name: 'all', mountPath: '/opt/app/single.conf', subPath: 'b' },
      { name: 'secret', mountPath: '/secret', readOnly: true },
      { name: 'scratch', mountPath: '/scratch' },
      { name: 'info', mountPath: '/info' },
      { name: 'token', mountPath: '/var/run/token' },
    ];
    const writer = { name: 'writer', image: 'redis', command: ['sh', '-c', 'echo hello > /s/greeting'] };
    const script = `
      cat /etc/app/sub/x.conf /opt/app/single.conf /secret/key /scratch/greeting /info/name /var/run/token/token
      stat -c %a /etc/app/sub/x.conf
      touch /secret/new 2>/dev/null || echo read-only`;
    const init = { ...writer, volumeMounts: [{ name: 'scratch', mountPath: '/s' }] };
    pod('volumes', shell(script, { volumeMounts }, { volumes, initContainers: [init], restartPolicy: 'Never' }));
    await ended('volumes');
    expect(await logOf('volumes')).toBe('ABKhello\nvolumesrehearsal:moodle:default:api400\nread-only\n');
  });

  test('Key Vault secrets through the Secrets Store CSI driver, as files and as a Secret', async () => {
    const objects =
      'array:\n  - |\n    objectName: database-password\n    objectType: secret\n    objectAlias: password\n';
    cluster.apply({
      kind: 'SecretProviderClass',
      metadata: { name: 'vault' },
      spec: {
        provider: 'azure',
        parameters: { keyvaultName: 'vault-1', objects },
        secretObjects: [{ secretName: 'synced', type: 'Opaque', data: [{ objectName: 'password', key: 'pw' }] }],
      },
    });
    const csi = {
      driver: 'secrets-store.csi.k8s.io',
      readOnly: true,
      volumeAttributes: { secretProviderClass: 'vault' },
    };
    const more = {
      env: [{ name: 'PW', valueFrom: { secretKeyRef: { name: 'synced', key: 'pw' } } }],
      volumeMounts: [{ name: 'v', mountPath: '/mnt/secrets' }],
    };
    const spec = shell('cat /mnt/secrets/password; echo " $PW"', more, {
      volumes: [{ name: 'v', csi }],
      restartPolicy: 'Never',
    });
    pod('csi', spec);
    await ended('csi');
    expect(await logOf('csi')).toBe('p$w"d p$w"d\n');
  });

  test('a secret that the vault does not have keeps the pod from starting and says so', async () => {
    const objects = 'array:\n  - |\n    objectName: other\n    objectType: secret\n';
    const parameters = { keyvaultName: 'vault-1', objects };
    cluster.apply({
      kind: 'SecretProviderClass',
      metadata: { name: 'wrong' },
      spec: { provider: 'azure', parameters },
    });
    const csi = { driver: 'secrets-store.csi.k8s.io', volumeAttributes: { secretProviderClass: 'wrong' } };
    pod('csi-wrong', shell('true', {}, { volumes: [{ name: 'v', csi }] }));
    await until(() => events('csi-wrong').some((line) => line.includes('Secret not found: other')));
    expect(mainState('csi-wrong')?.state.waiting?.reason).toBe('ContainerCreating');
    cluster.store.delete({ kind: 'Pod', namespace: 'moodle', name: 'csi-wrong' });
    await until(() => cluster.pod('csi-wrong') === undefined, 'the pod to go');
  });

  test('fsGroup lets another user write its volumes, and the root file system can be sealed', async () => {
    const script =
      'id -u; id -G; echo x > /data/file && echo wrote; touch /usr/x 2>/dev/null || echo sealed; touch /tmp/x 2>/dev/null || echo sealed too';
    const more = {
      securityContext: { readOnlyRootFilesystem: true },
      volumeMounts: [{ name: 'd', mountPath: '/data' }],
    };
    const securityContext = { runAsUser: 1234, runAsGroup: 5678, fsGroup: 999, runAsNonRoot: true };
    const volumes = [{ name: 'd', emptyDir: {} }];
    pod('user', shell(script, more, { securityContext, volumes, restartPolicy: 'Never' }));
    await ended('user');
    const root = process.getuid?.() === 0;
    expect(await logOf('user')).toBe(`${root ? '1234\n5678 999' : '0\n0'}\nwrote\nsealed\nsealed too\n`);
  });
});

describe('users', () => {
  test('runAsNonRoot refuses an image that runs as root', async () => {
    pod('root', shell('true', {}, { securityContext: { runAsNonRoot: true } }));
    const waiting = await until(() => mainState('root')?.state.waiting?.message);
    expect(waiting).toBe('container has runAsNonRoot and image will run as root');
  });
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

describe('exec and logs', () => {
  beforeAll(async () => {
    pod(
      'tool',
      shell(`echo one; echo two >&2; echo three; ${forever}`, { env: [{ name: 'A', value: 'b' }], workingDir: '/tmp' }),
    );
    await running('tool');
  });

  test('exec has the environment, the folder and the exit code, and keeps the streams apart', async () => {
    const result = await cluster.run('tool', ['sh', '-c', 'echo "$A $PWD"; echo err >&2; exit 5']);
    expect(result).toEqual({ code: 5, out: 'b /tmp\n', err: 'err\n' });
  });

  test('exec passes standard input through to its end', async () => {
    const child = await cluster.nodes.exec({ namespace: 'moodle', pod: 'tool' }, ['wc', '-c'], { stdin: true });
    child.stdin?.end('x'.repeat(300_000));
    expect([(await text(child.stdout)).trim(), await child.exit]).toEqual(['300000', 0]);
  });

  test('a killed exec leaves no process in the pod', async () => {
    const child = await cluster.nodes.exec({ namespace: 'moodle', pod: 'tool' }, ['sleep', '777'], { stdin: false });
    await until(async () => (await cluster.run('tool', ['ps', 'ax'])).out.includes('sleep 777'));
    child.kill('SIGKILL');
    await child.exit;
    await until(async () => !(await cluster.run('tool', ['ps', 'ax'])).out.includes('sleep 777'), 'the end of sleep');
  });

  test('exec into what is not there is refused with a sentence', async () => {
    const exec = (name: string, container?: string) =>
      cluster.nodes.exec({ namespace: 'moodle', pod: name, ...(container ? { container } : {}) }, ['true'], {
        stdin: false,
      });
    await expect(exec('nobody')).rejects.toThrow('pods "nobody" not found');
    await expect(exec('tool', 'other')).rejects.toThrow('container other is not valid for pod tool');
    await expect(exec('good')).rejects.toThrow('container not found ("main")');
  });

  test('logs: all, the last lines, and following until the container ends', async () => {
    await until(async () => (await logOf('tool')).includes('three'));
    expect(await logOf('tool')).toBe('one\ntwo\nthree\n');
    expect(await logOf('tool', { tailLines: 1 })).toBe('three\n');
    pod('talker', shell('for i in 1 2 3; do echo $i; sleep 0.1; done', {}, { restartPolicy: 'Never' }));
    await running('talker');
    const stream = await cluster.nodes.logs({ namespace: 'moodle', pod: 'talker' }, { follow: true });
    expect(await text(stream)).toBe('1\n2\n3\n');
  });

  test('the log of a container that has not started is refused with its reason', async () => {
    const logs = cluster.nodes.logs({ namespace: 'moodle', pod: 'no-image' }, { follow: false });
    await expect(logs).rejects.toThrow(
      /container "main" in pod "no-image" is waiting to start: (ImagePullBackOff|ErrImagePull)/,
    );
    await expect(logOf('tool', { previous: true })).rejects.toThrow('previous terminated container "main"');
  });
});
