import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { run } from './testing/process.ts';
import { imagePath, temporaryDirectory } from './testing/site.ts';

let directory: string;
beforeAll(() => {
  directory = temporaryDirectory();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const pod = {
  MOODLE_WWWROOT: 'https://moodle.example.org/',
  MOODLE_DB_HOST: 'pgbouncer',
  MOODLE_DB_PORT: '5432',
  MOODLE_DB_NAME: 'moodle',
  MOODLE_DB_USER: 'moodle',
  MOODLE_SESSION_REDIS_HOSTS: 'redis-sessions-0.redis-sessions:6379, redis-sessions-1.redis-sessions:6379',
  MOODLE_CACHE_REDIS_HOSTS: 'redis-cache-0.redis-cache:6379,redis-cache-1.redis-cache:6379',
};

/** What config.php gives Moodle, as JSON. */
async function settings(changes: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const code = `require ${JSON.stringify(imagePath.moodle('usr/local/lib/moodle/settings.php'))}; $c = new stdClass(); moodle_settings($c); echo json_encode($c, JSON_UNESCAPED_SLASHES);`;
  const ended = await run({ command: 'php', args: ['-r', code], env: { ...pod, ...changes } });
  if (ended.code !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout);
}

/** The cache configuration as Moodle would include it. */
async function caches(changes: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const code = `define('MOODLE_INTERNAL', true); require ${JSON.stringify(imagePath.moodle('etc/moodle/muc.php'))}; echo json_encode($configuration);`;
  const env = { ...pod, MOODLE_LIB_DIR: imagePath.moodle('usr/local/lib/moodle'), ...changes };
  const ended = await run({ command: 'php', args: ['-r', code], env });
  if (ended.code !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout);
}

describe('config.php', () => {
  test('has what a transaction pool needs', async () => {
    expect(await settings()).toMatchObject({
      dbtype: 'pgsql',
      dbhost: 'pgbouncer',
      dboptions: { dbport: 5432, fetchbuffersize: 0, dbhandlesoptions: true, dbpersist: false },
      lock_factory: '\\core\\lock\\db_record_lock_factory',
    });
  });

  test('has sessions in the cluster, with the comma that switches Moodle to it', async () => {
    expect(await settings()).toMatchObject({
      session_handler_class: '\\core\\session\\redis',
      session_redis_host: 'redis-sessions-0.redis-sessions:6379,redis-sessions-1.redis-sessions:6379',
    });
    expect(await settings({ MOODLE_SESSION_REDIS_HOSTS: 'one:6379' })).toMatchObject({
      session_redis_host: 'one:6379,one:6379',
    });
  });

  test('knows that TLS ends before it, and that nginx knows the client', async () => {
    expect(await settings()).toMatchObject({
      wwwroot: 'https://moodle.example.org',
      sslproxy: true,
      reverseproxy: false,
      getremoteaddrconf: 3,
    });
    expect(await settings({ MOODLE_WWWROOT: 'http://localhost' })).toMatchObject({ sslproxy: false });
  });

  test('keeps per-pod files off the share', async () => {
    expect(await settings({ MOODLE_LOCAL_DIR: '/l', MOODLE_DATA_DIR: '/d' })).toMatchObject({
      dataroot: '/d',
      localcachedir: '/l/cache',
      localrequestdir: '/l/request',
      alternative_component_cache: '/l/components.php',
      altcacheconfigpath: '/l/muc',
      xsendfilealiases: { '/dataroot/': '/d', '/localcache/': '/l/cache' },
    });
  });

  test('lets nobody change code or name programs on the web', async () => {
    expect(await settings()).toMatchObject({ disableupdateautodeploy: true, preventexecpath: true, cronclionly: true });
  });

  test('takes any password as it is', async () => {
    const file = join(directory, 'password');
    const printable = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !/[\r\n\0]/.test(text));
    await fc.assert(
      fc.asyncProperty(printable, async (password) => {
        writeFileSync(file, `${password}\n`);
        expect(await settings({ MOODLE_DB_PASSWORD_FILE: file })).toMatchObject({ dbpass: password });
      }),
      { numRuns: 15, examples: [[`'"\\$x \`id\` ?>%s`], ['pa$HOME{x}'], ['ключ 漢字 é']] },
    );
  });

  test.each(['MOODLE_WWWROOT', 'MOODLE_DB_HOST', 'MOODLE_DB_NAME', 'MOODLE_DB_USER', 'MOODLE_SESSION_REDIS_HOSTS'])(
    'names %s when it is missing',
    async (name) => {
      await expect(settings({ [name]: '' })).rejects.toThrow(`${name} is not set`);
    },
  );
});

describe('the cache configuration', () => {
  test('puts application caches in the cache cluster and session caches in the session', async () => {
    expect(await caches()).toMatchObject({
      stores: {
        application_cluster: {
          plugin: 'redis',
          configuration: {
            clustermode: true,
            server: 'redis-cache-0.redis-cache:6379\nredis-cache-1.redis-cache:6379',
          },
        },
        default_session: { plugin: 'session' },
      },
      modemappings: [
        { mode: 1, store: 'application_cluster' },
        { mode: 2, store: 'default_session' },
        { mode: 4, store: 'default_request' },
      ],
    });
  });

  test('has a site identifier that all pods agree on and no other site has', async () => {
    const [one, same, other] = await Promise.all([
      caches(),
      caches(),
      caches({ MOODLE_WWWROOT: 'https://other.example.org' }),
    ]);
    expect(one.siteidentifier).toMatch(/^[0-9a-f]{32}$/);
    expect(same.siteidentifier).toBe(one.siteidentifier);
    expect(other.siteidentifier).not.toBe(one.siteidentifier);
  });

  test('maps every mode to a store that is there', async () => {
    const { stores, modemappings } = (await caches()) as {
      stores: Record<string, unknown>;
      modemappings: { store: string }[];
    };
    for (const { store } of modemappings) expect(Object.keys(stores)).toContain(store);
  });
});
