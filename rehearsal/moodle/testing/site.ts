import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Postgres, startPostgres } from './postgres.ts';
import { account, type Ended, eventually, freePort, type Running, run, start } from './process.ts';

const here = fileURLToPath(new URL('..', import.meta.url));
const moodleImage = join(here, '../../images/moodle/rootfs');
const pgbouncerImage = join(here, '../../images/pgbouncer/rootfs');

/** Quotes, a backslash, a dollar, spaces and letters of other alphabets: what breaks templates and shells. */
export const NASTY_PASSWORD = `a'b"c\\d $HOME \`x\` %s;#=äß漢`;
export const ADMIN_PASSWORD = `Adm1n'"\\$ pass é`;

/** A path inside the images' file systems. */
export const imagePath = {
  moodle: (path: string): string => join(moodleImage, path),
  pgbouncer: (path: string): string => join(pgbouncerImage, path),
};

/** A whole Moodle site out of the images' files: PostgreSQL, PgBouncer, two Redis clusters, the stand-in's tree. */
export interface Site {
  directory: string;
  root: string;
  postgres: Postgres;
  pgbouncer: Running;
  redisPort: { sessions: number; cache: number };
  /** The environment of a pod, with changes. */
  environment: (changes?: Record<string, string>) => Record<string, string>;
  /** Runs an entry point of the image, as www-data. */
  moodle: (name: string, args?: readonly string[], changes?: Record<string, string>) => Promise<Ended>;
  /** Starts one that goes on. */
  startMoodle: (name: string, changes?: Record<string, string>, args?: readonly string[]) => Running;
  /** Runs PHP in the site, as www-data. */
  php: (args: readonly string[], changes?: Record<string, string>) => Promise<Ended>;
  redis: (of: 'sessions' | 'cache', ...command: string[]) => Promise<string>;
  stop: () => Promise<void>;
}

/** A temporary directory that servers of other accounts may pass through. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'rehearsal-moodle-'));
  chmodSync(directory, 0o755);
  return directory;
}

/** A directory that belongs to www-data. */
export function ownedByMoodle(path: string): string {
  const { uid, gid } = account('www-data');
  mkdirSync(path, { recursive: true });
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
  return path;
}

/** The stand-in's code with the image's config.php, as the image would hold them. */
export function layCode(target: string): string {
  cpSync(join(here, 'tree'), target, { recursive: true });
  cpSync(join(moodleImage, 'var/www/html/config.php'), join(target, 'config.php'));
  return target;
}

/** A Redis cluster of one node that holds every slot. */
export async function startRedis(directory: string): Promise<{ server: Running; port: number }> {
  const port = await freePort();
  const bus = await freePort();
  mkdirSync(directory);
  const server = start({
    command: 'redis-server',
    args: [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--cluster-enabled',
      'yes',
      '--cluster-announce-ip',
      '127.0.0.1',
      '--cluster-port',
      String(bus),
      '--save',
      '',
      '--dir',
      directory,
    ],
    env: {},
  });
  await eventually('Redis starts', async () => (await redisCommand(port, 'ping')) === 'PONG', server);
  await redisCommand(port, 'cluster', 'addslotsrange', '0', '16383');
  await eventually(
    'Redis has its slots',
    async () => (await redisCommand(port, 'cluster', 'info')).includes('cluster_state:ok'),
    server,
  );
  return { server, port };
}

async function redisCommand(port: number, ...command: string[]): Promise<string> {
  return (await run({ command: 'redis-cli', args: ['-p', String(port), ...command], env: {} })).stdout.trim();
}

/** Starts the image's PgBouncer in front of a server. */
export async function startPgbouncer(
  directory: string,
  changes: Record<string, string>,
): Promise<{ server: Running; port: number; environment: Record<string, string> }> {
  const port = await freePort();
  const environment = {
    POD_IP: '127.0.0.1',
    PGBOUNCER_LISTEN_PORT: String(port),
    PGBOUNCER_RUN_DIR: ownedByMoodle(join(directory, 'pgbouncer')),
    PGBOUNCER_DB_HOST: '127.0.0.1',
    PGBOUNCER_DB_NAME: 'moodle',
    PGBOUNCER_DB_USER: 'moodle',
    PGBOUNCER_POOL_SIZE: '20',
    PGBOUNCER_MAX_CLIENT_CONN: '200',
    PGBOUNCER_SERVER_TLS: 'disable',
    ...changes,
  };
  const as = account('www-data');
  const server = start({ command: imagePath.pgbouncer('usr/local/bin/pgbouncer-start'), env: environment, as });
  const ready = { command: imagePath.pgbouncer('usr/local/bin/pgbouncer-ready'), env: environment, as };
  await eventually('PgBouncer starts', async () => (await run(ready)).code === 0, server);
  return { server, port, environment };
}

/** Starts everything but Moodle itself. */
export async function startSite(): Promise<Site> {
  const directory = temporaryDirectory();
  const secret = (name: string, value: string): string => {
    const file = join(directory, name);
    writeFileSync(file, `${value}\n`);
    return file;
  };
  const databasePassword = secret('database-password', NASTY_PASSWORD);
  const adminPassword = secret('moodle-admin-password', ADMIN_PASSWORD);
  const [postgres, sessions, cache] = await Promise.all([
    startPostgres(directory, NASTY_PASSWORD),
    startRedis(join(directory, 'redis-sessions')),
    startRedis(join(directory, 'redis-cache')),
  ]);
  const pgbouncer = await startPgbouncer(directory, {
    PGBOUNCER_DB_PORT: String(postgres.port),
    PGBOUNCER_DB_PASSWORD_FILE: databasePassword,
  });
  const root = layCode(join(directory, 'html'));
  const seeds = (port: number): string => `127.0.0.1:${port},localhost:${port}`;
  const environment = (changes: Record<string, string> = {}): Record<string, string> => ({
    MOODLE_ROOT: root,
    MOODLE_WWWROOT: 'https://moodle.example.org',
    MOODLE_DATA_DIR: ownedByMoodle(join(directory, 'data')),
    MOODLE_LOCAL_DIR: ownedByMoodle(join(directory, 'local')),
    MOODLE_RUN_DIR: ownedByMoodle(join(directory, 'run')),
    TMPDIR: ownedByMoodle(join(directory, 'tmp')),
    MOODLE_DB_HOST: '127.0.0.1',
    MOODLE_DB_PORT: String(pgbouncer.port),
    MOODLE_DB_NAME: 'moodle_session',
    MOODLE_DB_USER: 'moodle',
    MOODLE_DB_PASSWORD_FILE: databasePassword,
    MOODLE_ADMIN_PASSWORD_FILE: adminPassword,
    MOODLE_SESSION_REDIS_HOSTS: seeds(sessions.port),
    MOODLE_CACHE_REDIS_HOSTS: seeds(cache.port),
    MOODLE_SITE_NAME: 'Test "site" & more',
    MOODLE_SITE_SHORT_NAME: 'test',
    MOODLE_ADMIN_EMAIL: 'admin@example.org',
    MOODLE_AGREE_LICENSE: 'yes',
    ...changes,
  });
  const as = account('www-data');
  const entry = (name: string): string => imagePath.moodle(`usr/local/bin/${name}`);
  return {
    directory,
    root,
    postgres,
    pgbouncer: pgbouncer.server,
    redisPort: { sessions: sessions.port, cache: cache.port },
    environment,
    moodle: (name, args = [], changes = {}) => run({ command: entry(name), args, env: environment(changes), as }),
    startMoodle: (name, changes = {}, args = []) =>
      start({ command: entry(name), args, env: environment(changes), as, group: true }),
    php: (args, changes = {}) =>
      run({
        command: 'php',
        args,
        env: { ...environment(changes), MOODLE_LIB_DIR: imagePath.moodle('usr/local/lib/moodle') },
        as,
      }),
    redis: (of, ...command) => redisCommand(of === 'sessions' ? sessions.port : cache.port, ...command),
    async stop() {
      await Promise.all([pgbouncer.server.stop(), sessions.server.stop(), cache.server.stop(), postgres.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
