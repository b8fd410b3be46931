import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '#toolkit/kube/kube';
import { createExec } from '#toolkit/process/exec';
import { createSecrets } from '#toolkit/secrets';
import { image } from '../src/overlay-parts.ts';
import { render } from '../src/render.ts';
import type { KubernetesComponent } from '../src/requirements.ts';
import { COMMIT } from '../src/revisions.ts';
import { CONFIG_CHECKSUM, withOrigin } from '../src/wanted.ts';
import { digest, parsed, podInputs, servicesInputs } from './inputs.ts';

let temporaryDirectory: string;
beforeAll(() => {
  temporaryDirectory = mkdtempSync(join(tmpdir(), 'render-'));
});
afterAll(() => rmSync(temporaryDirectory, { recursive: true, force: true }));

const exec = createExec(
  createSecrets(() => {}),
  new AbortController().signal,
);
const manifests = resolve(import.meta.dirname, '../../../manifests');
const NOW = Date.parse('2027-01-10T00:00:00Z');

function rendered(given: Readonly<Record<string, string>>): Promise<KubeObject[]> {
  const inputs = parsed({ manifests, ...given });
  const known = { image: inputs.image, replicas: inputs.replicas, now: NOW };
  return render(inputs, inputs.component as KubernetesComponent, known, { exec, temporaryDirectory });
}

/** What is looked at of a container. */
interface Container {
  name: string;
  volumeMounts: { name: string }[];
}

/** The object, typed loosely: the test says what it expects. */
function find(objects: readonly KubeObject[], kind: string, name: string) {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

describe('the services', () => {
  test('carry every input', async () => {
    const objects = await rendered(servicesInputs);
    expect(find(objects, 'ConfigMap', 'moodle-config').data).toMatchObject({
      MOODLE_WWWROOT: 'https://moodle.example.edu',
      MOODLE_LANG: 'pt',
      MOODLE_TIMEZONE: 'Europe/Lisbon',
      MOODLE_DB_HOST: 'pgbouncer',
      MOODLE_DB_NAME: 'moodle',
      MOODLE_OBJECT_STORAGE_ACCOUNT: 'mhsobjects',
      MOODLE_SESSION_REDIS_HOSTS: servicesInputs['redis-session-seeds'],
    });
    expect(find(objects, 'SecretProviderClass', 'moodle-secrets').spec).toMatchObject({
      parameters: {
        keyvaultName: 'mhs-vault',
        clientID: servicesInputs['workload-identity-client-id'],
        tenantId: servicesInputs['azure-tenant-id'],
        cloudName: 'AzurePublicCloud',
      },
    });
    expect(find(objects, 'ServiceAccount', 'moodle').metadata.annotations).toEqual({
      'azure.workload.identity/client-id': servicesInputs['workload-identity-client-id'],
    });
    expect(find(objects, 'PersistentVolume', 'moodle-data').spec).toMatchObject({
      csi: {
        volumeHandle: 'mhsfiles-moodledata',
        volumeAttributes: {
          protocol: 'nfs',
          resourceGroup: 'mhs-test',
          storageAccount: 'mhsfiles',
          shareName: 'moodledata',
        },
      },
    });
    expect(find(objects, 'Deployment', 'pgbouncer').spec).toMatchObject({
      replicas: 3,
      template: {
        spec: {
          containers: [
            {
              image: `mhs.azurecr.io/pgbouncer@${digest('a')}`,
              env: expect.arrayContaining([
                { name: 'PGBOUNCER_DB_HOST', value: 'mhs.postgres.database.azure.com' },
                { name: 'PGBOUNCER_POOL_SIZE', value: '120' },
                { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              ]),
            },
          ],
        },
      },
    });
  });

  test('no placeholder is left when every input is given', async () => {
    expect(JSON.stringify(await rendered(servicesInputs))).not.toMatch(/example\.org|"example|00000000-0000/);
  });

  test('come in the order in which they depend on each other', async () => {
    const kinds = [...new Set((await rendered(servicesInputs)).map(({ kind }) => kind))];
    expect(kinds.filter((kind) => kind !== 'PriorityClass').slice(0, 4)).toEqual([
      'Namespace',
      'ServiceAccount',
      'SecretProviderClass',
      'ConfigMap',
    ]);
    expect(kinds.at(-1)).toBe('Deployment');
  });

  test('another namespace is followed everywhere', async () => {
    const objects = await rendered({ ...servicesInputs, namespace: 'other' });
    expect(find(objects, 'Namespace', 'other')).toBeDefined();
    const namespaces = objects.map(({ metadata }) => metadata.namespace).filter((name) => name !== undefined);
    expect(new Set(namespaces)).toEqual(new Set(['other']));
  });

  test('what an input does not say stays as the base has it', async () => {
    const objects = await rendered({ component: 'services' });
    expect(find(objects, 'Deployment', 'pgbouncer').spec).toMatchObject({ replicas: 3 });
    expect(find(objects, 'ConfigMap', 'moodle-config').data?.MOODLE_WWWROOT).toBe('https://moodle.example.org');
  });

  test('values that look like YAML stay texts', async () => {
    const given = { ...servicesInputs, 'database-name': 'yes', 'database-user': '0123', 'key-vault-name': 'null' };
    const objects = await rendered(given);
    expect(JSON.stringify(find(objects, 'Deployment', 'pgbouncer'))).toContain(
      '{"name":"PGBOUNCER_DB_NAME","value":"yes"}',
    );
    expect(JSON.stringify(find(objects, 'Deployment', 'pgbouncer'))).toContain(
      '{"name":"PGBOUNCER_DB_USER","value":"0123"}',
    );
  });

  test.each([
    ['1', 'a'],
    ['2', 'b'],
    ['3', 'a'],
  ])(
    'number %s of the passwords: PgBouncer has pods of its own for it, and Moodle signs in as %s',
    async (version, account) => {
      const objects = await rendered({ ...servicesInputs, 'password-version': version });
      expect(find(objects, 'Deployment', 'pgbouncer').spec).toMatchObject({
        template: { metadata: { annotations: { 'moodle-high-scale/password-version': version } } },
      });
      expect(find(objects, 'ConfigMap', 'moodle-config').data).toMatchObject({
        MOODLE_DB_USER: `moodle_${account}`,
        MOODLE_DB_PASSWORD_FILE: `/mnt/secrets/pooler-password-${account}`,
      });
    },
  );
});

describe('the pods', () => {
  test.each(['web', 'cron'] as const)(
    '%s carry image, replicas and the checksum of the configuration',
    async (component) => {
      const name = `moodle-${component}`;
      const origin = { configChecksum: 'abc', commit: '1a2b' };
      const objects = withOrigin(await rendered(podInputs(component)), name, origin);
      expect(find(objects, 'Deployment', name).spec).toMatchObject({
        replicas: 4,
        template: {
          metadata: { annotations: { [CONFIG_CHECKSUM]: 'abc', [COMMIT]: '1a2b' } },
          spec: { containers: [{ image: `mhs.azurecr.io/moodle@${digest('b')}` }] },
        },
      });
    },
  );

  test('without a configuration there is no checksum, and nothing else has an annotation more', async () => {
    const objects = await rendered(podInputs('web'));
    expect(withOrigin(objects, 'moodle-web', {})).toEqual(objects);
    const others = (of: readonly KubeObject[]) => of.filter(({ metadata }) => metadata.name !== 'moodle-web');
    expect(others(withOrigin(objects, 'moodle-web', { commit: '1a2b' }))).toEqual(others(objects));
  });
});

describe('read replicas', () => {
  const given = { ...servicesInputs, 'database-replica-hosts': 'r1.example.edu, r2.example.edu' };

  test('get a pooler of their own, and Moodle is told of it', async () => {
    const objects = await rendered(given);
    expect(find(objects, 'ConfigMap', 'moodle-config').data).toMatchObject({
      MOODLE_DB_HOST: 'pgbouncer',
      MOODLE_DB_REPLICA_HOST: 'pgbouncer-replica',
    });
    const pooler = find(objects, 'Deployment', 'pgbouncer-replica');
    expect(pooler.spec).toMatchObject({
      replicas: 3,
      selector: { matchLabels: { 'app.kubernetes.io/name': 'pgbouncer-replica' } },
    });
    expect(JSON.stringify(pooler)).toContain('{"name":"PGBOUNCER_DB_HOST","value":"r1.example.edu,r2.example.edu"}');
    expect(JSON.stringify(find(objects, 'Deployment', 'pgbouncer'))).not.toContain('r1.example.edu');
    expect(find(objects, 'NetworkPolicy', 'pgbouncer-replica').spec).toMatchObject({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'pgbouncer-replica' } },
    });
  });

  test('are not there unless they are given', async () => {
    const objects = await rendered(servicesInputs);
    expect(JSON.stringify(objects)).not.toContain('replica-');
    expect(find(objects, 'ConfigMap', 'moodle-config').data).not.toHaveProperty('MOODLE_DB_REPLICA_HOST');
  });

  test('with monitoring both poolers have an exporter, which sees the console and no secret', async () => {
    const objects = await rendered({ ...given, monitoring: 'true' });
    for (const name of ['pgbouncer', 'pgbouncer-replica']) {
      const { containers } = (
        find(objects, 'Deployment', name).spec as { template: { spec: { containers: Container[] } } }
      ).template.spec;
      expect(containers.map((one) => [one.name, one.volumeMounts.map((mount) => mount.name)])).toEqual([
        ['pgbouncer', ['secrets', 'tmp', 'run', 'console']],
        ['metrics', ['console']],
      ]);
    }
    expect(find(objects, 'PodMonitor', 'pgbouncer').spec).toMatchObject({ podMetricsEndpoints: [{ port: 'metrics' }] });
    const ports = (name: string): string => JSON.stringify(find(objects, 'NetworkPolicy', name).spec);
    expect([ports('pgbouncer'), ports('pgbouncer-replica')]).toEqual(Array(2).fill(expect.stringContaining('9127')));
  });
});

describe('an autoscaler', () => {
  const automatic = { ...podInputs('web'), 'minimum-replicas': '2' };
  const scaling = async (more: Record<string, string> = {}) =>
    find(await rendered({ ...automatic, ...more }), 'ScaledObject', 'moodle-web').spec as {
      minReplicaCount: number;
      maxReplicaCount: number;
      triggers: { type: string; metadata: Record<string, string> }[];
    };

  test('has the bounds, and the Deployment says no number', async () => {
    const objects = await rendered(automatic);
    expect(find(objects, 'Deployment', 'moodle-web').spec).not.toHaveProperty('replicas');
    expect(await scaling()).toMatchObject({ minReplicaCount: 2, maxReplicaCount: 4 });
    expect(objects.map(({ kind }) => kind)).not.toContain('HorizontalPodAutoscaler');
    expect(objects.at(-1)?.kind).toBe('ScaledObject');
  });

  test('asks Prometheus only when it is given one', async () => {
    expect((await scaling()).triggers.map(({ type }) => type)).toEqual(['cpu']);
    expect((await rendered(automatic)).map(({ kind }) => kind)).not.toContain('TriggerAuthentication');
    const given = {
      'metrics-endpoint': 'https://metrics.example.edu',
      'metrics-identity-client-id': '44444444-4444-4444-4444-444444444444',
      namespace: 'exams',
    };
    const { triggers } = await scaling(given);
    expect(triggers[1]).toMatchObject({
      type: 'prometheus',
      metadata: {
        serverAddress: 'https://metrics.example.edu',
        query: 'sum(phpfpm_active_processes{namespace="exams"})',
      },
      authenticationRef: { name: 'moodle-metrics' },
    });
    const identity = find(await rendered({ ...automatic, ...given }), 'TriggerAuthentication', 'moodle-metrics');
    expect(identity.spec).toEqual({
      podIdentity: { provider: 'azure-workload', identityId: given['metrics-identity-client-id'] },
    });
  });

  test('begins 45 minutes before an exam, in UTC, and leaves out exams that are over or of another year', async () => {
    const windows = [
      { start: '2027-01-18T09:30:00+01:00', end: '2027-01-18T12:00:00+01:00' },
      { start: '2027-01-04T08:00:00Z', end: '2027-01-04T11:00:00Z' },
      { start: '2028-01-18T08:00:00Z', end: '2028-01-18T11:00:00Z' },
    ];
    const { triggers } = await scaling({ 'exam-windows': JSON.stringify(windows) });
    expect(triggers.slice(1)).toEqual([
      {
        type: 'cron',
        metadata: { timezone: 'Etc/UTC', start: '45 7 18 1 *', end: '0 11 18 1 *', desiredReplicas: '4' },
      },
    ]);
  });

  test('in exam mode there are as many pods as there may be, and none is taken before another is ready', async () => {
    expect(await scaling({ 'exam-mode': 'true' })).toMatchObject({ minReplicaCount: 4, maxReplicaCount: 4 });
    const objects = await rendered({ ...automatic, 'exam-mode': 'true' });
    expect(find(objects, 'Deployment', 'moodle-web').spec).toMatchObject({
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
    });
    expect(find(objects, 'PodDisruptionBudget', 'moodle-web').spec).toMatchObject({ maxUnavailable: '2%' });
  });

  test('headroom and monitoring are there when they are asked for', async () => {
    const objects = await rendered({ ...podInputs('web'), 'headroom-pods': '5', monitoring: 'true' });
    expect(find(objects, 'Deployment', 'moodle-headroom').spec).toMatchObject({
      replicas: 5,
      template: { spec: { containers: [{ image: `mhs.azurecr.io/moodle@${digest('b')}` }] } },
    });
    expect(find(objects, 'PodMonitor', 'moodle-web').spec).toMatchObject({
      podMetricsEndpoints: [{ port: 'health', path: '/fpm-status' }],
    });
    const names = (await rendered(podInputs('web'))).map(({ metadata }) => metadata.name);
    expect(new Set(names)).toEqual(new Set(['moodle-web']));
  });
});

describe('refusals', () => {
  test('a folder without a component that is asked for is named', async () => {
    const own = join(temporaryDirectory, 'own');
    cpSync(join(manifests, 'web'), join(own, 'web'), { recursive: true });
    await expect(rendered({ ...podInputs('web'), manifests: own, monitoring: 'true' })).rejects.toThrow(
      'Input "manifests" must be a folder with a kustomization in "components/monitoring"',
    );
  });

  test('a folder without the base is named', async () => {
    await expect(rendered({ ...podInputs('web'), manifests: '/nowhere' })).rejects.toThrow(
      'Input "manifests" must be a folder with a kustomization in "web"; there is none in "/nowhere/web".',
    );
  });
});

test.each([
  ['host:5000/a/moodle', { newName: 'host:5000/a/moodle', newTag: 'latest' }],
  ['host:5000/moodle:4.5', { newName: 'host:5000/moodle', newTag: '4.5' }],
  ['r.io/moodle:4.5@sha256:aa', { newName: 'r.io/moodle', digest: 'sha256:aa' }],
  ['moodle', { newName: 'moodle', newTag: 'latest' }],
])('the image %s in its parts', (reference, parts) => {
  expect(image('moodle', reference)).toEqual([{ name: 'moodle', ...parts }]);
});
