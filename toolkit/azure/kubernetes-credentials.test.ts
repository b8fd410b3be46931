/** Kubeconfigs as AKS gives them, made usable without kubelogin. kubectl is replaced by a program that answers JSON. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Exec } from '../process/exec.ts';
import { createSecrets } from '../secrets.ts';
import { serverId, writeKubeconfig } from './kubernetes-credentials.ts';
import type { ResourceManager } from './resource-manager.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubeconfig-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const execUser = {
  exec: {
    command: 'kubelogin',
    args: ['get-token', '--login', 'devicecode', '--server-id', 'the-server', '--tenant-id', 't'],
  },
};

function setUp(user: object | undefined) {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c' }],
    users: user === undefined ? [] : [{ name: 'u', user }],
  };
  const posts: unknown[] = [];
  const resourceManager = {
    subscriptionId: 's',
    post: async (...args: unknown[]) => {
      posts.push(args);
      return { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from('some: yaml').toString('base64') }] };
    },
  } as unknown as ResourceManager;
  const ran: string[][] = [];
  const exec: Exec = async ({ command, args }) => {
    ran.push([command, ...args]);
    expect(readFileSync(args[1] ?? '', 'utf8')).toBe('some: yaml');
    return { exitCode: 0, stdout: JSON.stringify(config), stderr: '' };
  };
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
      exec,
      secrets,
      now: () => now,
    });
  return { write, posts, ran, masked, scopes, pass: (milliseconds: number) => (now += milliseconds) };
}

const userIn = (file: string) => JSON.parse(readFileSync(file, 'utf8')).users[0].user;

describe('writeKubeconfig', () => {
  test('a Microsoft Entra cluster: our own token for its server, in a file that only we read', async () => {
    const { write, posts, ran, masked, scopes } = setUp(execUser);
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
    expect(ran).toEqual([
      ['kubectl', '--kubeconfig', join(directory, 'kubeconfig.yaml'), 'config', 'view', '--raw', '-o', 'json'],
    ]);
    expect(existsSync(join(directory, 'kubeconfig.yaml'))).toBe(false);
  });

  test('the token is renewed when it ends soon, and only then', async () => {
    const { write, scopes, pass } = setUp(execUser);
    const { kubeconfig, renew } = await write();
    pass(45 * 60_000);
    await renew();
    expect(scopes).toHaveLength(1);
    pass(10 * 60_000);
    await renew();
    expect(userIn(kubeconfig)).toEqual({ token: 'token-2' });
  });

  test('a cluster with local accounts: the certificate as it is, its key masked', async () => {
    const user = { 'client-certificate-data': 'Y2VydA==', 'client-key-data': 'a2V5a2V5' };
    const { write, masked, scopes } = setUp(user);
    expect(userIn((await write()).kubeconfig)).toEqual(user);
    expect(masked).toContain('a2V5a2V5');
    expect(scopes).toEqual([]);
  });

  test('a file without a user is refused', async () => {
    await expect(setUp(undefined).write()).rejects.toThrow('The kubeconfig of cluster c names no user.');
  });
});

test('serverId reads both forms of the argument', () => {
  expect(serverId({ exec: { args: ['--server-id=abc'] } })).toBe('abc');
  expect(serverId(execUser)).toBe('the-server');
  expect(serverId({ token: 'x' })).toBeUndefined();
});
