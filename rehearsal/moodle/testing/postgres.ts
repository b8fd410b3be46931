import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, account, eventually, freePort, type Running, run, start } from './process.ts';

/** A PostgreSQL server of a test's own: role and database `moodle`, log-in by SCRAM. */
export interface Postgres {
  port: number;
  /** Runs SQL as the superuser and answers what psql prints: one line a row. */
  sql: (text: string) => Promise<string>;
  /** Takes all tables away. */
  empty: () => Promise<void>;
  stop: () => Promise<void>;
}

const superuserPassword = 'superuser';

/** The programs of the newest PostgreSQL there is. */
function binaries(): string {
  const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
  return join('/usr/lib/postgresql', versions[0] ?? '', 'bin');
}

/** Makes and starts a server below a directory. PostgreSQL refuses to run as root, so root becomes `postgres`. */
export async function startPostgres(directory: string, password: string): Promise<Postgres> {
  const as: Account = account('postgres');
  const home = join(directory, 'postgres');
  mkdirSync(home);
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, superuserPassword);
  if (as.uid !== undefined && as.gid !== undefined)
    for (const path of [home, passwordFile]) chownSync(path, as.uid, as.gid);
  const data = join(home, 'data');
  const port = await freePort();
  execFileSync(
    join(binaries(), 'initdb'),
    [
      '--pgdata',
      data,
      '--username',
      'postgres',
      '--auth',
      'scram-sha-256',
      '--pwfile',
      passwordFile,
      '--no-sync',
      '--encoding',
      'UTF8',
      '--locale',
      'C',
    ],
    { ...as, stdio: 'pipe', cwd: '/' },
  );
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: home,
    fsync: 'off',
    max_connections: '60',
  };
  const server: Running = start({
    command: join(binaries(), 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: {},
    as,
  });
  const psql = async (database: string, text: string): Promise<string> => {
    const ended = await run({
      command: 'psql',
      args: [
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-U',
        'postgres',
        '-d',
        database,
        '-qAtX',
        '-v',
        'ON_ERROR_STOP=1',
        '-c',
        text,
      ],
      env: { PGPASSWORD: superuserPassword },
    });
    if (ended.code !== 0) throw new Error(ended.stderr);
    return ended.stdout.trim();
  };
  const ready = (): boolean =>
    spawnSync(join(binaries(), 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' }).status ===
    0;
  await eventually('PostgreSQL starts', async () => ready(), server);
  await psql('postgres', `CREATE ROLE moodle LOGIN PASSWORD '${password.replaceAll("'", "''")}'`);
  await psql('postgres', 'CREATE DATABASE moodle OWNER moodle');
  return {
    port,
    sql: (text) => psql('moodle', text),
    empty: async () => {
      await psql('moodle', 'DROP SCHEMA public CASCADE');
      await psql('moodle', 'CREATE SCHEMA public AUTHORIZATION moodle');
    },
    stop: async () => {
      await server.stop('SIGINT');
    },
  };
}
