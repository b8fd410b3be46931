/** What one Redis node says of itself: the commands that are sent, and their replies as one typed answer. */
import { type ClusterEntry, parseClusterNodes, UnexpectedReply } from './cluster-nodes.ts';
import type { Probe } from './probe.ts';

/** The commands of one observation, in the order that `readAnswer` expects. */
export const OBSERVE_COMMANDS = [
  'PING',
  'DBSIZE',
  'INFO server',
  'INFO replication',
  'INFO memory',
  'CONFIG GET cluster-node-timeout',
  'CLUSTER INFO',
  'CLUSTER NODES',
] as const;

/** One node that answered. */
export interface NodeAnswer {
  id: string;
  /** `redis_version`; Valkey reports the Redis version that it is compatible with. */
  version: string;
  /** Keys in database 0, the only one of a cluster. */
  keys: number;
  role: 'primary' | 'replica';
  /** Of a replica: where it replicates from, and whether it does. */
  primaryHost?: string;
  linkUp?: boolean;
  /** Bytes in use, the limit (0 is none), and whether keys are evicted rather than writes refused. */
  memory: { used: number; limit: number; evicts: boolean };
  /** `cluster-node-timeout` in milliseconds; absent where CONFIG is not allowed. */
  nodeTimeout?: number;
  /** Of a primary that was asked to prove that it serves. */
  probe?: Probe;
  /** CLUSTER INFO as it is. */
  info: Readonly<Record<string, string>>;
  /** CLUSTER NODES: this node's own line and its view of the others, those in handshake included. */
  self: ClusterEntry;
  others: readonly ClusterEntry[];
}

/**
 * Reads the replies to `OBSERVE_COMMANDS`.
 *
 * @returns the answer, or a text: why the node cannot be used yet (loading its data, wrong password, …)
 * @throws UnexpectedReply when a node is up and answers what is not understood
 */
export function readAnswer(replies: readonly string[]): NodeAnswer | string {
  const [ping, size, server, replication, memory, timeout, cluster, nodes] = replies.map((reply) =>
    reply.replaceAll('\r', ''),
  );
  if (ping !== 'PONG') return ping === undefined || ping === '' ? 'no answer to PING' : ping;
  const replicationFields = fields(replication ?? '');
  const info = fields(cluster ?? '');
  if (info.cluster_state === undefined) return cluster?.split('\n')[0] || 'no answer to CLUSTER INFO';
  const entries = parseClusterNodes(nodes ?? '');
  const self = entries.find((entry) => entry.flags.includes('myself'));
  const version = fields(server ?? '').redis_version;
  const role = replicationFields.role;
  if (
    self === undefined ||
    version === undefined ||
    !/^\d+$/.test(size ?? '') ||
    !/^(master|slave)$/.test(role ?? '')
  ) {
    throw new UnexpectedReply('A node answered PING, but not DBSIZE, INFO and CLUSTER NODES as Redis does.');
  }
  return {
    id: self.id,
    version,
    keys: Number(size),
    role: role === 'master' ? 'primary' : 'replica',
    ...(role === 'slave'
      ? { primaryHost: replicationFields.master_host ?? '', linkUp: replicationFields.master_link_status === 'up' }
      : {}),
    memory: memoryOf(fields(memory ?? '')),
    ...timeoutOf(timeout ?? ''),
    info,
    self,
    others: entries.filter((entry) => entry !== self),
  };
}

function memoryOf({
  used_memory: used,
  maxmemory,
  maxmemory_policy: policy,
}: Record<string, string>): NodeAnswer['memory'] {
  return { used: Number(used ?? 0), limit: Number(maxmemory ?? 0), evicts: policy !== 'noeviction' };
}

/** CONFIG GET answers a name and a value. */
function timeoutOf(text: string): { nodeTimeout?: number } {
  const value = /^cluster-node-timeout\n(\d+)$/.exec(text)?.[1];
  return value === undefined ? {} : { nodeTimeout: Number(value) };
}

/** `name:value` lines; comments and blank lines left out. */
function fields(text: string): Record<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const colon = line.indexOf(':');
    return line.startsWith('#') || colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
  });
  return Object.fromEntries(pairs);
}

/** Whether a version is at least `major.minor`. */
export function atLeast(version: string, major: number, minor: number): boolean {
  const [have = 0, haveMinor = 0] = version.split('.').map(Number);
  return have > major || (have === major && haveMinor >= minor);
}
