import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '#toolkit/kube/kube';
import { createExec } from '#toolkit/process/exec';
import { createSecrets } from '#toolkit/secrets';
import { CONFIG_CHECKSUM, image } from '../src/overlay.ts';
import { render } from '../src/render.ts';
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
const rendered = (given: Readonly<Record<string, string>>, checksum?: string) =>
  render(parsed({ manifests, ...given }), checksum, { exec, temporaryDirectory });

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
    expect(kinds.slice(0, 4)).toEqual(['Namespace', 'ServiceAccount', 'SecretProviderClass', 'ConfigMap']);
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
    expect(find(objects, 'ConfigMap', 'moodle-config').data?.MOODLE_DB_USER).toBe('0123');
  });
});

describe('the pods', () => {
  test.each(['web', 'cron'] as const)(
    '%s carry image, replicas and the checksum of the configuration',
    async (component) => {
      const objects = await rendered(podInputs(component), 'abc');
      expect(find(objects, 'Deployment', `moodle-${component}`).spec).toMatchObject({
        replicas: 4,
        template: {
          metadata: { annotations: { [CONFIG_CHECKSUM]: 'abc' } },
          spec: { containers: [{ image: `mhs.azurecr.io/moodle@${digest('b')}` }] },
        },
      });
    },
  );

  test('without a configuration there is no checksum', async () => {
    expect(JSON.stringify(await rendered(podInputs('web')))).not.toContain(CONFIG_CHECKSUM);
  });
});

describe('refusals', () => {
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
