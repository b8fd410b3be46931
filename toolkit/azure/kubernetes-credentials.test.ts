/** Kubeconfigs as AKS gives them, made usable without kubelogin. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSecrets } from '../secrets.ts';
import { serverId, writeKubeconfig } from './kubernetes-credentials.ts';
import type { ResourceManager } from './resource-manager.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubeconfig-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ENTRA_USER = `  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --login
      - devicecode
      - --server-id
      - the-server
      command: kubelogin
      env: null
      provideClusterInfo: false`;

/** A file as AKS writes it, which is with Go's YAML. */
function kubeconfigOf(user: string): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://c.hcp.region.azmk8s.io:443
  name: c
contexts:
- context:
    cluster: c
    user: clusterUser_g_c
  name: c
current-context: c
kind: Config
preferences: {}
users:
- name: clusterUser_g_c
${user}
`;
}

function setUp(yaml: string) {
  const posts: unknown[] = [];
  const resourceManager = {
    subscriptionId: 's',
    post: async (...args: unknown[]) => {
      posts.push(args);
      return { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(yaml).toString('base64') }] };
    },
  } as unknown as ResourceManager;
  const masked: string[] = [];
  const scopes: (string | string[])[] = [];
  let now = 0;
  const credential = {
    getToken: async (scope: string | string[]) => {
      scopes.push(scope);
      return { token: `token-${scopes.length}`, expiresOnTimestamp: now + 3_600_000 };
    },
  };
  const secrets = createSecrets((value) => masked.push(value));
  const write = () =>
    writeKubeconfig({
      resourceManager,
      credential,
      resourceGroup: 'g',
      clusterName: 'c',
      directory,
      secrets,
      now: () => now,
    });
  return { write, posts, masked, scopes, pass: (milliseconds: number) => (now += milliseconds) };
}

const userIn = (file: string) => JSON.parse(readFileSync(file, 'utf8')).users[0].user;

describe('writeKubeconfig', () => {
  test('a Microsoft Entra cluster: our own token for its server, in a file that only we read', async () => {
    const { write, posts, masked, scopes } = setUp(kubeconfigOf(ENTRA_USER));
    const { kubeconfig } = await write();
    expect(userIn(kubeconfig)).toEqual({ token: 'token-1' });
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
    expect(scopes).toEqual(['the-server/.default']);
    expect(masked).toContain('token-1');
    expect(posts).toEqual([
      [
        '/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c/listClusterUserCredential',
        '2025-10-01',
        { query: { format: 'exec' } },
      ],
    ]);
    expect(readdirSync(directory)).toEqual(['kubeconfig.json']);
  });

  test('the token is renewed when it ends soon, and only then', async () => {
    const { write, scopes, pass } = setUp(kubeconfigOf(ENTRA_USER));
    const { kubeconfig, renew } = await write();
    pass(45 * 60_000);
    await renew();
    expect(scopes).toHaveLength(1);
    pass(10 * 60_000);
    await renew();
    expect(userIn(kubeconfig)).toEqual({ token: 'token-2' });
  });

  test('what the file says of the cluster stays as it is', async () => {
    const { users: _, ...rest } = JSON.parse(
      readFileSync((await setUp(kubeconfigOf(ENTRA_USER)).write()).kubeconfig, 'utf8'),
    );
    expect(rest).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'c', cluster: { 'certificate-authority-data': 'Q0E=', server: 'https://c.hcp.region.azmk8s.io:443' } },
      ],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'clusterUser_g_c' } }],
      'current-context': 'c',
      preferences: {},
    });
  });

  test('a cluster with local accounts: the certificate as it is, its key masked', async () => {
    const user = '  user:\n    client-certificate-data: Y2VydA==\n    client-key-data: a2V5a2V5';
    const { write, masked, scopes } = setUp(kubeconfigOf(user));
    expect(userIn((await write()).kubeconfig)).toEqual({
      'client-certificate-data': 'Y2VydA==',
      'client-key-data': 'a2V5a2V5',
    });
    expect(masked).toContain('a2V5a2V5');
    expect(scopes).toEqual([]);
  });

  test.each([
    ['without a user', 'apiVersion: v1\nusers: []\n'],
    ['that is empty', ''],
    ['that is no YAML', 'client-key-data: "a2V5\n'],
  ])('a file %s is refused, and not quoted', async (_, yaml) => {
    await expect(setUp(yaml).write()).rejects.toThrow(/^The kubeconfig of cluster c names no user\.$/);
  });
});

test('serverId reads both forms of the argument', () => {
  expect(serverId({ exec: { args: ['--server-id=abc'] } })).toBe('abc');
  expect(serverId({ exec: { args: ['get-token', '--server-id', 'the-server'] } })).toBe('the-server');
  expect(serverId({ token: 'x' })).toBeUndefined();
});
