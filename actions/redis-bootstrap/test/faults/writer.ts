/** A client that writes all the time, follows redirects, and counts what else it is told. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseClusterNodes } from '../../src/cluster-nodes.ts';
import { slotOf } from '../../src/slots.ts';
import { ask } from '../ask.ts';
import { Connection } from './connection.ts';

/** Some hundred writes a second each, so that the writer takes no processor from what it looks at. */
const WORKERS = 4;
const PAUSE_MILLISECONDS = 8;
/** More redirects of one command than this are a failure. */
const MOST_REDIRECTS = 16;

/** What a client of a cluster does with a command: MOVED is remembered, ASK is for once. */
class ClusterClient {
  redirects = 0;
  private readonly seed: string;
  private readonly connections = new Map<string, Connection>();
  private readonly owners = new Array<string>(16384);
  private isLearned = false;

  constructor(seed: string) {
    this.seed = seed;
  }

  async run(key: string, ...words: readonly [string, ...string[]]): Promise<string> {
    const [name, ...rest] = words;
    const command = [name, key, ...rest].join(' ');
    const slot = slotOf(key);
    if (!this.isLearned) await this.learn();
    let [ip, asking] = [this.owners[slot] ?? this.seed, false];
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      if (asking) await this.at(ip).send('ASKING');
      const reply = await this.at(ip).send(command);
      const redirect = /^-(MOVED|ASK) \d+ (.+):\d+$/.exec(reply);
      if (redirect === null) return reply;
      this.redirects += 1;
      ip = redirect[2] ?? ip;
      asking = redirect[1] === 'ASK';
      if (!asking) this.owners[slot] = ip;
    }
    return `-ERR more than ${MOST_REDIRECTS} redirects of ${command}`;
  }

  close(): void {
    for (const connection of this.connections.values()) connection.close();
  }

  private at(ip: string): Connection {
    const connection = this.connections.get(ip) ?? new Connection(ip);
    this.connections.set(ip, connection);
    return connection;
  }

  private async learn(): Promise<void> {
    this.isLearned = true;
    const lines = (await ask(this.seed, ['CLUSTER NODES'])).split('\n').filter((line) => /^[0-9a-f]{40} /.test(line));
    for (const { ip, slots } of parseClusterNodes(lines.join('\n'))) {
      for (const { first, last } of slots) this.owners.fill(ip, first, last + 1);
    }
  }
}

/** What became of the writes. */
export interface Written {
  /** How many were confirmed. */
  confirmed: number;
  redirects: number;
  /** Everything that was neither a confirmation nor a redirect. */
  failures: readonly string[];
  /** Confirmed writes that are not there any more. */
  lost: readonly string[];
}

/**
 * Writes while the work is done, each key once; then reads back what was confirmed, and deletes it.
 *
 * @param seed address of a node that stays
 */
export async function whileWriting(seed: string, work: () => Promise<void>): Promise<Written> {
  let isDone = false;
  const failures: string[] = [];
  const keys: string[] = [];
  const clients = Array.from({ length: WORKERS }, () => new ClusterClient(seed));
  const write = async (client: ClusterClient, worker: number): Promise<void> => {
    for (let number = 0; !isDone; number += 1) {
      const key = `written:${worker}:${number}`;
      const reply = await client.run(key, 'SET', key).catch(String);
      if (reply === 'OK') keys.push(key);
      else failures.push(reply);
      await delay(PAUSE_MILLISECONDS);
    }
  };
  const writing = Promise.all(clients.map(write));
  try {
    await work();
  } finally {
    isDone = true;
    await writing;
  }
  const lost: string[] = [];
  const [reader] = clients;
  for (const key of keys) {
    if ((await reader?.run(key, 'GET').catch(String)) !== key) lost.push(key);
    await reader?.run(key, 'DEL');
  }
  const redirects = clients.reduce((sum, client) => sum + client.redirects, 0);
  for (const client of clients) client.close();
  return { confirmed: keys.length, redirects, failures, lost };
}
