/** The answer to CLUSTER NODES: how one node sees the cluster. */
import type { SlotRange } from './slots.ts';

/** One line of CLUSTER NODES. */
export interface ClusterEntry {
  id: string;
  /** Empty when the node has no known address (`noaddr`) or has not learnt its own yet. */
  ip: string;
  port: number;
  /** Announced host name; Redis 7.0 and later. */
  hostname?: string;
  flags: readonly string[];
  /** Of a replica: the id of its primary. */
  primaryId?: string;
  configEpoch: number;
  connected: boolean;
  slots: readonly SlotRange[];
  /** Slots on their way: `[93-<-id]` or `[93->-id]`. */
  moving: readonly string[];
}

/** The answer is not what any supported version sends; acting on a guess could lose data. */
export class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply';
}

const ADDRESS = /^(.*):(\d+)(?:@\d+)?$/;

/**
 * Parses the whole answer, strictly.
 *
 * The line is `id ip:port@cport[,hostname[,aux=value]…] flags primary ping pong epoch link slot…`; before 7.0 there is no
 * host name (https://valkey.io/commands/cluster-nodes).
 *
 * @throws UnexpectedReply with the line
 */
export function parseClusterNodes(text: string): ClusterEntry[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [parseLine(line.trim())]));
}

function parseLine(line: string): ClusterEntry {
  const [id, endpoint, flags, primary, , , epoch, link, ...slots] = line.split(' ');
  const [address, hostname] = (endpoint ?? '').split(',');
  const match = ADDRESS.exec(address ?? '');
  const port = Number(match?.[2]);
  const valid =
    id !== undefined &&
    /^[0-9a-f]{40}$/.test(id) &&
    match !== null &&
    flags !== undefined &&
    primary !== undefined &&
    /^(-|[0-9a-f]{40})$/.test(primary) &&
    /^\d+$/.test(epoch ?? '') &&
    (link === 'connected' || link === 'disconnected');
  if (!valid) throw new UnexpectedReply(`CLUSTER NODES answered a line that is not understood: "${line}"`);
  return {
    id,
    ip: match[1] ?? '',
    port,
    ...(hostname === undefined || hostname === '' ? {} : { hostname }),
    flags: flags === 'noflags' ? [] : flags.split(','),
    ...(primary === '-' ? {} : { primaryId: primary }),
    configEpoch: Number(epoch),
    connected: link === 'connected',
    slots: slots.filter((word) => !word.startsWith('[')).map((word) => parseRange(word, line)),
    moving: slots.filter((word) => word.startsWith('[')),
  };
}

function parseRange(word: string, line: string): SlotRange {
  const match = /^(\d+)(?:-(\d+))?$/.exec(word);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last < first || last > 16383) {
    throw new UnexpectedReply(`CLUSTER NODES answered slots that are not understood: "${word}" in "${line}"`);
  }
  return { first, last };
}

/** Whether the node is still being introduced: its id is not its real one yet. */
export function inHandshake(entry: ClusterEntry): boolean {
  return entry.flags.includes('handshake');
}

/** Whether the observer holds the node for failed, suspected, or without an address. */
export function looksDead(entry: ClusterEntry): boolean {
  return entry.flags.some((flag) => flag === 'fail' || flag === 'fail?' || flag === 'noaddr') || !entry.connected;
}
