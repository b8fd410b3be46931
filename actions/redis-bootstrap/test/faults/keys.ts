/** Many keys in a cluster, and a checksum of all of them wherever they are. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { parseClusterNodes } from '../../src/cluster-nodes.ts';
import { slotOf } from '../../src/slots.ts';
import { ask } from '../ask.ts';
import type { RedisServers } from '../redis-servers.ts';

/** Replicas confirm within so long, or the load fails. */
const WAIT_MILLISECONDS = 30_000;

/** Writes that many keys, each to the primary of its slot, and waits until the replicas have them. */
export async function loadKeys(servers: RedisServers, count: number): Promise<void> {
  const seen = parseClusterNodes(servers.cli(0, 'cluster', 'nodes')).filter(({ slots }) => slots.length > 0);
  const owners = new Array<string>(16384);
  for (const { ip, slots } of seen) {
    for (const { first, last } of slots) owners.fill(ip, first, last + 1);
  }
  const batches = new Map(seen.map(({ ip }) => [ip, [] as string[]]));
  for (let number = 0; number < count; number += 1) {
    const key = `session:${number}`;
    batches.get(owners[slotOf(key)] ?? '')?.push(`SET ${key} ${number}`);
  }
  await Promise.all([...batches].map(([ip, commands]) => write(ip, commands)));
}

/** Pipelined over one connection; every answer but OK is a failure. */
function write(ip: string, commands: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let [written, rest] = [0, ''];
    const socket = connect(6379, ip);
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${ip} closed the connection`)));
    socket.on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '+OK') written += 1;
        else if (line === ':1' && written === commands.length)
          resolve(socket.removeAllListeners('close').end() && undefined);
        else reject(new Error(`${ip} answered ${line}`));
      }
    });
    socket.write([...commands, `WAIT 1 ${WAIT_MILLISECONDS}`, ''].join('\r\n'));
  });
}

/** Number and checksum of all keys. */
export interface Contents {
  keys: number;
  checksum: string;
}

/** What DEBUG DIGEST begins with before the first key of database 0. */
const SEED = sha1(sha1(Buffer.alloc(4)));

/** A server that sums up a third of a million keys answers nobody meanwhile: none is to take it for dead. */
const PATIENT_NODE_TIMEOUT = 60_000;

/**
 * The contents of these servers taken together, primaries only. DEBUG DIGEST is the exclusive or of a digest for each key,
 * so that of a cluster is that of its primaries, however the slots are divided.
 */
export async function contentsOf(servers: RedisServers, ordinals = [...servers.ips.keys()]): Promise<Contents> {
  const timeouts = ordinals.map((ordinal) => servers.cli(ordinal, 'config', 'get', TIMEOUT).split('\n')[1] ?? '');
  for (const ordinal of ordinals) servers.cli(ordinal, 'config', 'set', TIMEOUT, String(PATIENT_NODE_TIMEOUT));
  try {
    return await sumOf(servers, ordinals);
  } finally {
    for (const [index, ordinal] of ordinals.entries()) {
      servers.cli(ordinal, 'config', 'set', TIMEOUT, timeouts[index] ?? '');
    }
  }
}

const TIMEOUT = 'cluster-node-timeout';

async function sumOf(servers: RedisServers, ordinals: readonly number[]): Promise<Contents> {
  const sum = Buffer.alloc(20);
  let keys = 0;
  for (const ordinal of ordinals) {
    const said = await ask(servers.ips[ordinal] ?? '', ['INFO replication', 'DBSIZE', 'DEBUG DIGEST']);
    if (!said.includes('role:master')) continue;
    const size = Number(/^:(\d+)\r$/m.exec(said)?.[1]);
    const digest = /^\+([0-9a-f]{40})\r$/m.exec(said)?.[1];
    if (digest === undefined) throw new Error(`no digest: ${said.slice(-200)}`);
    keys += size;
    if (size > 0) for (const part of [Buffer.from(digest, 'hex'), SEED]) exclusiveOr(sum, part);
  }
  return { keys, checksum: sum.toString('hex') };
}

function exclusiveOr(target: Buffer, other: Buffer): void {
  for (const [index, byte] of other.entries()) target[index] = (target[index] ?? 0) ^ byte;
}

function sha1(data: Buffer): Buffer {
  return createHash('sha1').update(data).digest();
}
