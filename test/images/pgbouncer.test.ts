import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, freePort, run as runCommand } from '../../rehearsal/moodle/testing/process.ts';
import { NASTY_PASSWORD, type Site, startSite } from '../../rehearsal/moodle/testing/site.ts';
import { type Container, startContainer, statusOf, stopContainer } from './container.ts';
import { baseImage, buildImage, type Image, run } from './engine.ts';

/** Debian 13 is the first release whose PgBouncer is new enough. */
const RELEASE = 'trixie';

let directory: string;
let image: Image;
let site: Site;
let port: number;
let pgbouncer: Container;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pgbouncer-image-'));
  image = await buildImage('pgbouncer', { BASE_IMAGE: await baseImage(RELEASE), VERSION: '1.2.3' });
  site = await startSite();
  port = await freePort();
  pgbouncer = start({ PGBOUNCER_LISTEN_PORT: String(port) });
  await eventually('PgBouncer answers', async () => (await query('moodle', 'select 1')).code === 0);
}, 600_000);

afterAll(async () => {
  await stopContainer(pgbouncer);
  await site?.stop();
  await image?.remove();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

function start(environment: Record<string, string>, command?: readonly string[]): Container {
  const secrets = join(directory, 'secrets');
  mkdirSync(secrets, { recursive: true, mode: 0o755 });
  copyFileSync(join(site.directory, 'database-password'), join(secrets, 'database-password'));
  return startContainer({
    image,
    ...(command === undefined ? {} : { command }),
    environment: {
      POD_IP: '127.0.0.1',
      PGBOUNCER_DB_HOST: '127.0.0.1',
      PGBOUNCER_DB_PORT: String(site.postgres.port),
      PGBOUNCER_DB_NAME: 'moodle',
      PGBOUNCER_DB_USER: 'moodle',
      PGBOUNCER_DB_PASSWORD_FILE: '/mnt/secrets/database-password',
      PGBOUNCER_POOL_SIZE: '20',
      PGBOUNCER_SERVER_TLS: 'disable',
      ...environment,
    },
    volumes: { '/mnt/secrets': secrets },
  });
}

/** Runs SQL through the container, as Moodle's own login. */
const query = (database: string, sql: string): ReturnType<typeof runCommand> =>
  runCommand({
    command: 'psql',
    args: ['-h', '127.0.0.1', '-p', String(port), '-U', 'moodle', '-d', database, '-qAtX', '-c', sql],
    env: { PGPASSWORD: NASTY_PASSWORD },
  });

describe('the image', () => {
  test('it runs as a numbered user, says what it is, and is small', () => {
    process.stdout.write(`pgbouncer image: ${(image.size / 1e6).toFixed(0)} MB uncompressed\n`);
    expect(image.configuration.User).toBe('65532:65532');
    expect(image.configuration.Labels['org.opencontainers.image.version']).toBe('1.2.3');
    expect(image.size).toBeLessThan(350e6);
  });

  test('its PgBouncer is at least 1.23', async () => {
    const versions = await run('dpkg-query', `--admindir=${join(image.root, 'var/lib/dpkg')}`, '-W', 'pgbouncer');
    const [, major, minor] = /\t(\d+)\.(\d+)/.exec(versions) ?? [];
    expect(Number(major) * 100 + Number(minor)).toBeGreaterThanOrEqual(123);
  });
});

describe('while it runs', () => {
  test('it is not root, has no capability and can get none', () => {
    expect(statusOf(pgbouncer.child.pid ?? 0)).toEqual({
      uid: '65532',
      capabilities: '0000000000000000',
      newPrivileges: '1',
    });
  });

  test('clients log in by SCRAM with a password of every kind of character', async () => {
    expect(await query('moodle', 'select 6 * 7')).toMatchObject({ code: 0, stdout: '42\n' });
    const wrong = await runCommand({
      command: 'psql',
      args: ['-h', '127.0.0.1', '-p', String(port), '-U', 'moodle', '-d', 'moodle', '-c', 'select 1'],
      env: { PGPASSWORD: 'wrong' },
    });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('authentication failed')]);
  });

  test('temporary tables live through the session pool', async () => {
    const sql = 'create temporary table t (x int); insert into t values (1); select count(*) from t';
    expect(await query('moodle_session', sql)).toMatchObject({ code: 0, stdout: '1\n' });
  });

  test('SIGTERM lets what has begun end, and then PgBouncer ends by itself', async () => {
    const long = query('moodle', "select pg_sleep(2), 'finished'");
    await new Promise((begun) => setTimeout(begun, 500));
    const code = stopContainer(pgbouncer);
    await eventually('new clients are refused', async () => (await query('moodle', 'select 1')).code !== 0);
    expect(await long).toMatchObject({ code: 0, stdout: expect.stringContaining('finished') });
    expect(await code).toBe(0);
  }, 30_000);
});

test('a missing setting is named', async () => {
  const container = start({ PGBOUNCER_DB_HOST: '' });
  expect(await container.ended).toBe(1);
  expect(container.output()).toContain('PGBOUNCER_DB_HOST is not set');
});
