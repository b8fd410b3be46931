/** Real Redis servers for tests: one loopback address each, port 6379, ended by pid, also when the test process dies. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Programs, programsOf, versionOf } from './redis-programs.ts';

/** The client of this machine. */
export const CLIENT = programsOf().client;

/** What a test changes about its servers. */
export interface ServerOptions {
  /** A version of `programsOf`; the one that `npm run redis-faults` was asked for, or this machine's, when absent. */
  version?: string;
  /** In place of those that are made for quick tests; the same for all, or by the server's address. */
  settings?: Readonly<Record<string, string>> | ((ip: string) => Readonly<Record<string, string>>);
  /** Words for the client of the test, where the servers do not let everybody in. */
  client?: readonly string[];
  /** Called with an address before a server starts there for the first time. */
  onAddress?: (ip: string, ordinal: number) => Promise<void>;
}

/** What 6.2 does not know: DEBUG is always allowed there, and what a server binds to is also where it calls from. */
const SINCE_7 = ['enable-debug-command', 'bind-source-addr'];

export class RedisServers {
  /** By ordinal; a moved server has its new address here. */
  readonly ips: string[] = [];
  readonly directory = mkdtempSync(join(tmpdir(), 'redis-bootstrap-'));
  private readonly running = new Map<number, ChildProcess>();
  readonly programs: Programs;
  /** 7.0 or later, in which much of what CLUSTER and CONFIG can do today came. */
  readonly isSince7: boolean;
  private readonly options: ServerOptions;
  private network = '';
  private used = 0;

  private constructor(options: ServerOptions) {
    this.options = options;
    this.programs = programsOf(options.version ?? process.env.REDIS_VERSION);
    this.isSince7 = !versionOf(this.programs).startsWith('6.');
  }

  static async start(count: number, options: ServerOptions = {}): Promise<RedisServers> {
    const servers = new RedisServers(options);
    servers.network = await freeNetwork();
    await Promise.all(Array.from({ length: count }, (_, ordinal) => servers.launch(ordinal)));
    return servers;
  }

  /** Starts a server on an address that none has had before, with the data of its ordinal. */
  async launch(ordinal: number): Promise<void> {
    this.used += 1;
    const ip = `${this.network}.${this.used}`;
    this.ips[ordinal] = ip;
    await this.options.onAddress?.(ip, ordinal);
    await this.resume(ordinal);
  }

  /** Starts a server again at the address it had. */
  async resume(ordinal: number): Promise<void> {
    const ip = this.ips[ordinal] ?? '';
    const { settings = {} } = this.options;
    const directory = join(this.directory, String(ordinal));
    const options = {
      port: '6379',
      bind: ip,
      'protected-mode': 'no',
      dir: directory,
      save: '',
      appendonly: 'yes',
      appendfsync: 'no',
      'cluster-enabled': 'yes',
      'cluster-node-timeout': '1500',
      'cluster-announce-ip': ip,
      'replica-announce-ip': ip,
      'repl-diskless-sync-delay': '0',
      ...(typeof settings === 'function' ? settings(ip) : settings),
    };
    spawnSync('mkdir', ['-p', directory]);
    const known = Object.entries(options).filter(([name]) => this.isSince7 || !SINCE_7.includes(name));
    const words = known.flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', this.programs.server, ...words], { stdio: 'ignore' });
    this.running.set(ordinal, child);
    for (let tries = 0; this.cli(ordinal, 'ping') !== 'PONG'; tries += 1) {
      if (tries > 100 || child.exitCode !== null) throw new Error(`redis-server ${ip} does not start`);
      await delay(30);
    }
  }

  /** Stops one at once, as a lost machine does. */
  async kill(ordinal: number): Promise<void> {
    const child = this.running.get(ordinal);
    if (child === undefined) return;
    this.running.delete(ordinal);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Makes one hang, or go on: it keeps its connections and answers nothing. */
  hang(ordinal: number, hangs: boolean): void {
    this.running.get(ordinal)?.kill(hangs ? 'SIGSTOP' : 'SIGCONT');
  }

  cli(ordinal: number, ...words: string[]): string {
    const { client = [] } = this.options;
    return spawnSync(this.programs.client, [...client, '-h', this.ips[ordinal] ?? '', ...words], {
      encoding: 'utf8',
    }).stdout.trim();
  }

  /** Follows redirects. */
  cluster(ordinal: number, ...words: string[]): string {
    return this.cli(ordinal, '-c', ...words);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running.keys()].map((ordinal) => this.kill(ordinal)));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A /24 of loopback addresses that no other test has. */
async function freeNetwork(): Promise<string> {
  for (let tries = 0; tries < 50; tries += 1) {
    const network = `127.${100 + Math.floor(Math.random() * 20)}.${1 + Math.floor(Math.random() * 250)}`;
    if (await isFree(`${network}.1`)) return network;
  }
  throw new Error('no free loopback network');
}

function isFree(ip: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(6379, ip, () => probe.close(() => resolve(true)));
  });
}
