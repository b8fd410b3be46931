/**
 * The database server of the rehearsal: a real PostgreSQL of the rehearsal's own, on its own loopback address, where
 * Azure Database for PostgreSQL would be. PostgreSQL refuses to run as root, so as root it runs as `nobody`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
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
  port: number;
  /** Makes the user and the database, or gives the user a new password. */
  provide(database: DatabaseSpec): void;
  stop(): Promise<void>;
}

/** As Azure has it for a small server; PgBouncer's pools must fit in. */
const MAX_CONNECTIONS = 200;
const START_TIMEOUT_MILLISECONDS = 30_000;

/** Numeric ids of `nobody`, when this process is root and has to step down. */
const stepDown = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

const setting = (name: string, value: string | number): string => `${name} = '${value}'`;

/** Everything that differs from the defaults. Durability is not what a rehearsal is about: fsync is off. */
function configuration(address: string, port: number, directory: string, tls: boolean): string {
  return [
    setting('listen_addresses', address),
    setting('port', port),
    setting('unix_socket_directories', directory),
    setting('max_connections', MAX_CONNECTIONS),
    setting('password_encryption', 'scram-sha-256'),
    setting('fsync', 'off'),
    setting('log_statement', 'none'),
    // A statement that fails may hold a password.
    setting('log_min_error_statement', 'panic'),
    ...(tls
      ? [setting('ssl', 'on'), setting('ssl_cert_file', 'server.crt'), setting('ssl_key_file', 'server.key')]
      : []),
    '',
  ].join('\n');
}

/** A text as an SQL literal. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** A name as an SQL identifier. */
const identifier = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Starts the server; its data stay in `directory` from one rehearsal to the next. */
export async function startPostgres(options: {
  directory: string;
  address: string;
  port: number;
  tls: { cert: string; key: string };
}): Promise<Postgres> {
  const { directory, address, port } = options;
  const data = join(directory, 'data');
  const own = (path: string): void => {
    if (stepDown !== undefined) chownSync(path, stepDown.uid, stepDown.gid);
  };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  own(directory);
  const initialized = join(directory, 'initialized');
  if (!existsSync(initialized)) {
    rmSync(data, { recursive: true, force: true });
    execFileSync(
      'initdb',
      ['-D', data, '-U', 'postgres', '--auth-local=trust', '--auth-host=scram-sha-256', '--no-sync', '-E', 'UTF8'],
      {
        cwd: directory,
        stdio: 'pipe',
        ...stepDown,
      },
    );
    writeFileSync(initialized, '');
  }
  rmSync(join(data, 'postmaster.pid'), { force: true });
  for (const [name, text, mode] of [
    ['server.crt', options.tls.cert, 0o644],
    ['server.key', options.tls.key, 0o600],
    ['postgresql.auto.conf', configuration(address, port, directory, true), 0o600],
  ] as const) {
    writeFileSync(join(data, name), text);
    chmodSync(join(data, name), mode);
    own(join(data, name));
  }
  // The kernel ends the server when the rehearsal dies, however it dies.
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'postgres', '-D', data], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...stepDown,
  });
  let log = '';
  const keep = (chunk: Buffer): void => {
    log = (log + chunk.toString()).slice(-4000);
  };
  server.stdout.on('data', keep);
  server.stderr.on('data', keep);
  const psql = (sql: string): string =>
    execFileSync(
      'psql',
      [
        '-h',
        directory,
        '-p',
        String(port),
        '-U',
        'postgres',
        '-d',
        'postgres',
        '-v',
        'ON_ERROR_STOP=1',
        '-AtX',
        '-f',
        '-',
      ],
      {
        cwd: directory,
        input: sql,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
  await answers(server, psql, () => log);
  return {
    address,
    port,
    provide: (database) => provide(psql, database),
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
    } catch {
      if (server.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${log()}`);
      if (Date.now() > deadline) throw new Error(`PostgreSQL does not answer:\n${log()}`);
      await sleep(50);
    }
  }
}

/** The statements are given on standard input, so that the password is in no argument list. */
function provide(psql: (sql: string) => string, { name, user, password }: DatabaseSpec): void {
  const verb = psql(`select 1 from pg_roles where rolname = ${literal(user)}`).trim() === '' ? 'create' : 'alter';
  psql(`${verb} role ${identifier(user)} login password ${literal(password)}`);
  if (psql(`select 1 from pg_database where datname = ${literal(name)}`).trim() === '') {
    psql(`create database ${identifier(name)} owner ${identifier(user)} encoding 'UTF8' template template0`);
  }
}

/** PostgreSQL's fast shutdown: connections are closed, data are written. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  await new Promise<void>((done) => {
    server.once('close', () => done());
    server.kill('SIGINT');
  });
}
