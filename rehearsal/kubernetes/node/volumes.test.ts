import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { outsideWith, shell, startCluster, type TestCluster, text, until } from './testing.ts';

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
