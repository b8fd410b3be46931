/**
 * The database server of the rehearsal: a real PostgreSQL of the rehearsal's own, on its own loopback address, where
 * Azure Database for PostgreSQL would be.
 *
 * PostgreSQL refuses to run as root. Run by root, it steps down to `nobody`, who may not be able to reach the folder; so
 * the folder is mounted on /mnt first, in a mount namespace that only this server sees.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A database with its only user, as Terraform made it. */
export interface DatabaseSpec {
  name: string;
  user: string;
  password: string;
}

/** The running server. */
export interface Postgres {
  address: string;
  /** A file in the form of PGPASSFILE, for a person who looks inside as the user `postgres`. */
  passwordFile: string;
  /** Makes the user and the database, or gives the user a new password. */
  provide(database: DatabaseSpec): void;
  /** Removes a database with its data, whoever is connected. */
  drop(name: string): void;
  stop(): Promise<void>;
}

/** As Azure has it for a small server; PgBouncer's pools must fit in. */
const MAX_CONNECTIONS = 200;
const START_TIMEOUT_MILLISECONDS = 30_000;
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** A program of PostgreSQL by its real path: `nobody` may not be able to follow a link on PATH into somebody's home. */
function program(name: string): string {
  const found = (process.env.PATH ?? '').split(':').map((folder) => join(folder, name));
  const path = found.find(existsSync);
  if (path === undefined) throw new Error(`${name} is not on PATH.`);
  return realpathSync(path);
}

/** A command that works on the folder: as it is, or as `nobody` with the folder on /mnt. It dies with this process. */
function unprivileged(directory: string, command: string, args: (folder: string) => string[]): [string, string[]] {
  const dies = ['--pdeathsig', 'KILL'];
  if (!isRoot) return ['setpriv', [...dies, command, ...args(directory)]];
  const identity = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
  const script = 'mount --bind "$0" /mnt && cd /mnt && exec setpriv "$@"';
  return ['unshare', ['--mount', 'sh', '-c', script, directory, ...identity, ...dies, command, ...args('/mnt')]];
}

const setting = (name: string, value: string | number): string => `${name} = '${value}'`;

/** Everything that differs from the defaults. Durability is not what a rehearsal is about: fsync is off. */
function configuration(address: string, port: number): string {
  return [
    setting('listen_addresses', address),
    setting('port', port),
    setting('unix_socket_directories', ''),
    setting('max_connections', MAX_CONNECTIONS),
    setting('password_encryption', 'scram-sha-256'),
    setting('fsync', 'off'),
    setting('log_statement', 'none'),
    // A statement that fails may hold a password.
    setting('log_min_error_statement', 'panic'),
    setting('ssl', 'on'),
    setting('ssl_cert_file', 'server.crt'),
    setting('ssl_key_file', 'server.key'),
    '',
  ].join('\n');
}

/** A text as an SQL literal. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** A name as an SQL identifier. */
const identifier = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Gives a file to the user that the server runs as. */
function own(path: string): void {
  if (isRoot) chownSync(path, NOBODY, NOBODY);
}

function place(path: string, text: string, mode: number): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
  own(path);
}

/** Makes the data folder, once, with a random password for the superuser. */
function initialize(directory: string, passwordFile: string, address: string, port: number): void {
  if (existsSync(passwordFile)) return;
  rmSync(join(directory, 'data'), { recursive: true, force: true });
  const password = randomBytes(18).toString('base64url');
  const initial = join(directory, 'initial-password');
  place(initial, password, 0o600);
  const [command, args] = unprivileged(directory, program('initdb'), (folder) => [
    '-D',
    join(folder, 'data'),
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    `--pwfile=${join(folder, 'initial-password')}`,
    '--no-sync',
    '-E',
    'UTF8',
  ]);
  execFileSync(command, args, { cwd: directory, stdio: 'pipe' });
  rmSync(initial);
  writeFileSync(passwordFile, `${address}:${port}:*:postgres:${password}\n`, { mode: 0o600 });
}

/** Starts the server; its data stay in `directory` from one rehearsal to the next. */
export async function startPostgres(options: {
  directory: string;
  address: string;
  port: number;
  tls: { cert: string; key: string };
}): Promise<Postgres> {
  const { directory, address, port } = options;
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'pgpass');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  own(directory);
  initialize(directory, passwordFile, address, port);
  // A server that was killed leaves its file behind, and the number in it may be somebody else's process by now.
  rmSync(join(data, 'postmaster.pid'), { force: true });
  place(join(data, 'server.crt'), options.tls.cert, 0o644);
  place(join(data, 'server.key'), options.tls.key, 0o600);
  place(join(data, 'postgresql.auto.conf'), configuration(address, port), 0o600);
  place(join(data, 'pg_hba.conf'), 'host all all 127.0.0.0/8 scram-sha-256\n', 0o600);
  const [command, args] = unprivileged(directory, program('postgres'), (folder) => ['-D', join(folder, 'data')]);
  const server = spawn(command, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let log = '';
  const keep = (chunk: Buffer): void => {
    log = (log + chunk.toString()).slice(-4000);
  };
  server.stdout.on('data', keep);
  server.stderr.on('data', keep);
  const environment = { ...process.env, PGPASSFILE: passwordFile, PGCONNECT_TIMEOUT: '5' };
  const query = [
    '-h',
    address,
    '-p',
    String(port),
    '-U',
    'postgres',
    '-d',
    'postgres',
    '-v',
    'ON_ERROR_STOP=1',
    '-AtXw',
    '-f',
    '-',
  ];
  const psql = (sql: string): string =>
    execFileSync('psql', query, { input: sql, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], env: environment });
  await answers(server, psql, () => log);
  return {
    address,
    passwordFile,
    provide: (database) => provide(psql, database),
    drop: (name) => void psql(`drop database if exists ${identifier(name)} with (force)`),
    stop: () => stop(server),
  };
}

/** Waits until the server answers a query. */
async function answers(server: ChildProcess, psql: (sql: string) => string, log: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MILLISECONDS;
  for (;;) {
    try {
      psql('select 1');
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) {
        throw new Error(`PostgreSQL does not answer:\n${log()}`, { cause: error });
      }
      await sleep(50);
    }
  }
}

/** The statements are given on standard input, so that the password is in no argument list. */
function provide(psql: (sql: string) => string, { name, user, password }: DatabaseSpec): void {
  const known = psql(`select 1 from pg_roles where rolname = ${literal(user)}`).trim() !== '';
  psql(`${known ? 'alter' : 'create'} role ${identifier(user)} login password ${literal(password)}`);
  if (psql(`select 1 from pg_database where datname = ${literal(name)}`).trim() !== '') return;
  psql(`create database ${identifier(name)} owner ${identifier(user)} encoding 'UTF8' template template0`);
}

/** PostgreSQL's fast shutdown: connections are closed, data are written. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  await new Promise<void>((done) => {
    server.once('close', () => done());
    server.kill('SIGINT');
  });
}
