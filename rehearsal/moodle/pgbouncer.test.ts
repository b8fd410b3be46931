import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from './testing/postgres.ts';
import { account, eventually, type Running, run } from './testing/process.ts';
import { imagePath, NASTY_PASSWORD, ownedByMoodle, startPgbouncer, temporaryDirectory } from './testing/site.ts';

let directory: string;
let postgres: Postgres;
let pool: { server: Running; port: number; environment: Record<string, string> };

/** Tries the rendering with changed settings; PgBouncer itself is never reached. */
function refused(changes: Record<string, string>): Promise<{ code: number; stderr: string }> {
  return run({
    command: imagePath.pgbouncer('usr/local/bin/pgbouncer-start'),
    env: { ...pool.environment, PGBOUNCER_RUN_DIR: ownedByMoodle(join(directory, 'refused')), ...changes },
    as: account('www-data'),
  });
}

/** A client that knows the password, as Moodle is one. */
function client(
  database: string,
  sql: string,
  password = NASTY_PASSWORD,
  name = 'moodle',
): Promise<{ code: number; stdout: string; stderr: string }> {
  const target = ['-h', '127.0.0.1', '-p', String(pool.port), '-U', name, '-d', database];
  return run({ command: 'psql', args: [...target, '-qAtX', '-c', sql], env: { PGPASSWORD: password } });
}

beforeAll(async () => {
  directory = temporaryDirectory();
  postgres = await startPostgres(directory, NASTY_PASSWORD);
  writeFileSync(join(directory, 'password'), `${NASTY_PASSWORD}\n`);
  const accounts = ['moodle_a', 'moodle_b'].map((name) => {
    writeFileSync(join(directory, name), `${name} ${NASTY_PASSWORD}\n`);
    return `${name}=${join(directory, name)}`;
  });
  pool = await startPgbouncer(directory, {
    PGBOUNCER_ACCOUNTS: accounts.join(' '),
    PGBOUNCER_DB_PORT: String(postgres.port),
    PGBOUNCER_DB_PASSWORD_FILE: join(directory, 'password'),
    PGBOUNCER_POOL_SIZE: '60',
  });
}, 60_000);
afterAll(async () => {
  await pool?.server.stop();
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('PgBouncer of the image', () => {
  test.each(['moodle', 'moodle_session'])('lets a client with the password in by SCRAM: %s', async (alias) => {
    expect(await client(alias, 'SELECT current_database(), current_user')).toMatchObject({
      code: 0,
      stdout: 'moodle|moodle\n',
    });
  });

  test.each(['moodle_a', 'moodle_b'])('lets other accounts in, as the one user of the database: %s', async (name) => {
    expect(await client('moodle', 'SELECT current_user', `${name} ${NASTY_PASSWORD}`, name)).toMatchObject({
      code: 0,
      stdout: 'moodle\n',
    });
    expect(await client('moodle', 'SELECT 1', NASTY_PASSWORD, name)).toMatchObject({ code: 2 });
  });

  test('refuses a wrong password', async () => {
    expect(await client('moodle', 'SELECT 1', 'wrong')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/auth/i),
    });
  });

  test('takes start-up options that Moodle may send', async () => {
    const options = "host=127.0.0.1 port=%d dbname=moodle user=moodle options='--client_encoding=utf8'".replace(
      '%d',
      String(pool.port),
    );
    const ended = await run({
      command: 'psql',
      args: [options, '-qAtXc', 'SELECT 7'],
      env: { PGPASSWORD: NASTY_PASSWORD },
    });
    expect(ended).toMatchObject({ code: 0, stdout: '7\n' });
  });

  test('shares one size between the two pools, so that the replicas together stay below max_connections', async () => {
    const ini = readFileSync(join(pool.environment.PGBOUNCER_RUN_DIR ?? '', 'pgbouncer.ini'), 'utf8');
    expect(ini).toMatch(/^moodle = .* pool_mode=transaction pool_size=54$/m);
    expect(ini).toMatch(/^moodle_session = .* pool_mode=session pool_size=6$/m);
  });

  test('keeps a temporary table in a session, where cron and upgrades are', async () => {
    const kept = await client(
      'moodle_session',
      'CREATE TEMPORARY TABLE t (i int); INSERT INTO t VALUES (1); SELECT count(*) FROM t',
    );
    expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining('1') });
  });

  test('keeps the password in one file that only its account can read, and in no argument', async () => {
    const run = pool.environment.PGBOUNCER_RUN_DIR ?? '';
    expect(statSync(join(run, 'userlist.txt')).mode & 0o077).toBe(0);
    expect(statSync(join(run, 'pgbouncer.ini')).mode & 0o077).toBe(0);
    expect(readFileSync(join(run, 'pgbouncer.ini'), 'utf8')).not.toContain('漢');
    const children = readFileSync(`/proc/${pool.server.child.pid}/task/${pool.server.child.pid}/children`, 'utf8');
    for (const pid of [String(pool.server.child.pid), ...children.trim().split(' ')]) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('漢');
    }
    expect(pool.server.output()).not.toContain('漢');
  });

  test('lets a running query end when it is told to stop, and refuses to be ready afterwards', async () => {
    const own = await startPgbouncer(join(directory), {
      PGBOUNCER_DB_PORT: String(postgres.port),
      PGBOUNCER_DB_PASSWORD_FILE: join(directory, 'password'),
      PGBOUNCER_RUN_DIR: ownedByMoodle(join(directory, 'leaving')),
    });
    const target = ['-h', '127.0.0.1', '-p', String(own.port), '-U', 'moodle', '-d', 'moodle'];
    const query = run({
      command: 'psql',
      args: [...target, '-qAtXc', "SELECT pg_sleep(1), 'done'"],
      env: { PGPASSWORD: NASTY_PASSWORD },
    });
    await eventually(
      'the query runs',
      async () =>
        (await postgres.sql(
          "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1)%' AND state = 'active' AND usename = 'moodle'",
        )) === '1',
    );
    const ended = own.server.stop();
    expect(await query).toMatchObject({ code: 0, stdout: expect.stringContaining('done') });
    expect((await ended).code).toBe(0);
    const ready = await run({
      command: imagePath.pgbouncer('usr/local/bin/pgbouncer-ready'),
      env: own.environment,
      as: account('www-data'),
    });
    expect(ready.code).not.toBe(0);
  });
});

describe('a wrong environment', () => {
  test.each([
    [{ PGBOUNCER_DB_HOST: '' }, 'PGBOUNCER_DB_HOST is not set'],
    [{ PGBOUNCER_DB_NAME: '' }, 'PGBOUNCER_DB_NAME is not set'],
    [{ PGBOUNCER_DB_USER: '' }, 'PGBOUNCER_DB_USER is not set'],
    [{ PGBOUNCER_DB_PASSWORD_FILE: '' }, 'PGBOUNCER_DB_PASSWORD_FILE is not set'],
    [{ PGBOUNCER_DB_PASSWORD_FILE: '/nowhere' }, 'the password file /nowhere cannot be read'],
    [{ PGBOUNCER_ACCOUNTS: 'moodle_a' }, 'PGBOUNCER_ACCOUNTS has "moodle_a", but each must be NAME=PASSWORD_FILE'],
    [{ PGBOUNCER_ACCOUNTS: 'moodle_a=/nowhere' }, 'the password file /nowhere cannot be read'],
    [{ PGBOUNCER_POOL_SIZE: '4' }, 'PGBOUNCER_POOL_SIZE is 4, but must be at least 5'],
    [{ PGBOUNCER_MAX_CLIENT_CONN: '1e3' }, 'PGBOUNCER_MAX_CLIENT_CONN is "1e3", but must be a whole number'],
    [{ PGBOUNCER_SERVER_TLS: 'prefer' }, 'must be one of: require, disable, verify-full'],
  ])('%j is named', async (changes, message) => {
    expect(await refused(changes as Record<string, string>)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(message),
    });
  });

  test.each([
    ['', 'is empty'],
    ['one\ntwo\n', 'holds more than one line'],
  ])('a password file with %j is refused', async (text, message) => {
    writeFileSync(join(directory, 'bad'), text);
    const ended = await refused({ PGBOUNCER_DB_PASSWORD_FILE: join(directory, 'bad') });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
    expect(ended.stderr).not.toContain('two');
  });
});
