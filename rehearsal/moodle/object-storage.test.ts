import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Ended, run } from './testing/process.ts';
import { imagePath } from './testing/site.ts';

/** The key that the storage account hands out, and what it says with it. */
const KEY = Buffer.from('a key of thirty-two bytes, really').toString('base64');
const DELEGATION = `\uFEFF<?xml version="1.0" encoding="utf-8"?><UserDelegationKey><SignedOid>oid-1</SignedOid>
<SignedTid>tid-1</SignedTid><SignedStart>2026-01-01T00:00:00Z</SignedStart><SignedExpiry>2026-01-02T00:00:00Z</SignedExpiry>
<SignedService>b</SignedService><SignedVersion>2022-11-02</SignedVersion><Value>${KEY}</Value></UserDelegationKey>`;

interface Seen {
  url: string;
  authorization: string | undefined;
  body: string;
}

let directory: string;
let server: Server;
let seen: Seen[];
/** What the next requests to storage are answered with. */
let storage: { status: number; body: string };

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'object-storage-'));
  seen = [];
  storage = { status: 200, body: DELEGATION };
  server = createServer(async (request, response) => {
    const { url = '', headers } = request;
    seen.push({ url, authorization: headers.authorization, body: await bodyOf(request) });
    const answer = url.endsWith('/token') ? { status: 200, body: '{"access_token":"the-token"}' } : storage;
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs PHP with a pod's environment, of an image with or without the plugins. */
function php(args: readonly string[], plugins = true): Promise<Ended> {
  const root = join(directory, 'html');
  for (const plugin of plugins ? ['admin/tool/objectfs', 'local/azureblobstorage'] : []) {
    mkdirSync(join(root, plugin), { recursive: true });
    writeFileSync(join(root, plugin, 'version.php'), '<?php');
  }
  writeFileSync(join(directory, 'identity'), 'the-assertion\n');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return run({
    command: 'php',
    args,
    env: {
      MOODLE_WEB_ROOT: root,
      MOODLE_LOCAL_DIR: directory,
      MOODLE_OBJECT_STORAGE_ACCOUNT: 'mhsfiles',
      MOODLE_OBJECT_STORAGE_CONTAINER: 'moodle',
      MOODLE_OBJECT_STORAGE_ENDPOINT: address,
      AZURE_AUTHORITY_HOST: `${address}/`,
      AZURE_TENANT_ID: 'tenant-1',
      AZURE_CLIENT_ID: 'client-1',
      AZURE_FEDERATED_TOKEN_FILE: join(directory, 'identity'),
    },
  });
}

const token = (): Promise<Ended> => php([imagePath.moodle('usr/local/lib/moodle/object-storage-token.php')]);

describe('signing in to object storage', () => {
  test('asks Entra ID by the pod’s identity, and the account for a key of that identity', async () => {
    expect(await token()).toMatchObject({ code: 0, stdout: expect.stringMatching(/signed in until \d{4}-/) });
    expect(seen[0]?.url).toBe('/tenant-1/oauth2/v2.0/token');
    const asked = Object.fromEntries(new URLSearchParams(seen[0]?.body));
    expect(asked).toMatchObject({ client_id: 'client-1', client_assertion: 'the-assertion' });
    expect(asked.scope).toBe('https://storage.azure.com/.default');
    expect(seen[1]).toMatchObject({
      url: '/?restype=service&comp=userdelegationkey',
      authorization: 'Bearer the-token',
      body: expect.stringMatching(/<KeyInfo><Start>.+Z<\/Start><Expiry>.+Z<\/Expiry><\/KeyInfo>/),
    });
  });

  test('signs for one container, for a day, over HTTPS, in the order of the documentation', async () => {
    await token();
    const given = new URLSearchParams(readFileSync(join(directory, 'object-storage.sas'), 'utf8'));
    const [start, end] = [given.get('st') ?? '', given.get('se') ?? ''];
    expect((Date.parse(end) - Date.parse(start)) / 1000).toBe(86_400 + 300);
    const signed = ['racwdl', start, end, '/blob/mhsfiles/moodle', 'oid-1', 'tid-1', '2026-01-01T00:00:00Z'];
    signed.push('2026-01-02T00:00:00Z', 'b', '2022-11-02', '', '', '', '', 'https', '2022-11-02', 'c');
    signed.push(...Array<string>(7).fill(''));
    const hmac = createHmac('sha256', Buffer.from(KEY, 'base64')).update(signed.join('\n')).digest('base64');
    expect(given.get('sig')).toBe(hmac);
  });

  test('the signature is readable for the pod’s user only', async () => {
    await token();
    expect(statSync(join(directory, 'object-storage.sas')).mode & 0o777).toBe(0o600);
  });

  test('a refusal is one sentence without a secret, and the old signature stays', async () => {
    await token();
    const before = readFileSync(join(directory, 'object-storage.sas'), 'utf8');
    storage = { status: 403, body: '<Error><Code>AuthorizationPermissionMismatch</Code></Error>' };
    const ended = await token();
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe(
      'Object storage: The storage account gives no key: HTTP 403 AuthorizationPermissionMismatch\n',
    );
    expect(readFileSync(join(directory, 'object-storage.sas'), 'utf8')).toBe(before);
  });
});

describe('Moodle’s settings', () => {
  const settings = `require '${imagePath.moodle('usr/local/lib/moodle/settings.php')}';
    $cfg = new stdClass(); if (moodle_uses_object_storage()) { moodle_object_storage($cfg); } echo json_encode($cfg);`;

  test('name the plugin’s file system and the signature', async () => {
    writeFileSync(join(directory, 'object-storage.sas'), 'sp=r&sig=x');
    const { stdout } = await php(['-r', settings]);
    expect(JSON.parse(stdout)).toEqual({
      alternative_file_system_class: '\\tool_objectfs\\azure_blob_storage_file_system',
      forced_plugin_settings: {
        tool_objectfs: {
          filesystem: '\\tool_objectfs\\azure_blob_storage_file_system',
          enabletasks: 1,
          azure_accountname: 'mhsfiles',
          azure_container: 'moodle',
          azure_sastoken: 'sp=r&sig=x',
        },
      },
    });
  });

  test('leave the files on the share where the image lacks the plugins', async () => {
    expect((await php(['-r', settings], false)).stdout).toBe('{}');
  });
});
