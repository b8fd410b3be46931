/**
 * The process behind `ZoneNetwork`: passes connections on to servers, and stops passing those between zones when told. A cut
 * is silent, as a broken line is: nothing is refused and nothing arrives.
 */
import { connect, createServer, type Socket } from 'node:net';
import type { RelayOrder } from './zone-network.ts';

interface Line {
  from: string;
  to: string;
  ends: readonly Socket[];
}

const zoneOf = new Map<string, number>();
const lines = new Set<Line>();
let isCut = false;

/** Who calls is known by the source address. Whoever is no server, as the tests themselves, is in no zone and reaches all. */
function crosses({ from, to }: Line): boolean {
  const [here, there] = [zoneOf.get(from), zoneOf.get(to)];
  return here !== undefined && there !== undefined && here !== there;
}

function relay(ip: string, port: number, target: number): Promise<void> {
  const server = createServer({ pauseOnConnect: true }, (near) => join(near, ip, target));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, ip, resolve);
  });
}

function join(near: Socket, to: string, port: number): void {
  const far = connect(port, to);
  const line = { from: near.remoteAddress ?? '', to, ends: [near, far] };
  lines.add(line);
  const end = (): void => {
    lines.delete(line);
    near.destroy();
    far.destroy();
  };
  for (const socket of line.ends) socket.on('error', end).on('close', end).setNoDelay();
  near.on('data', (data) => far.write(data));
  far.on('data', (data) => near.write(data));
  if (isCut && crosses(line)) far.pause();
  else near.resume();
}

async function obey(order: RelayOrder): Promise<void> {
  if (order.kind === 'listen') {
    zoneOf.set(order.ip, order.zone);
    await Promise.all(order.ports.map(({ announced, listening }) => relay(order.ip, announced, listening)));
    return;
  }
  isCut = order.kind === 'cut';
  for (const line of [...lines].filter(crosses)) {
    // Connections that broke are reset when their packets are answered again.
    for (const end of line.ends)
      if (isCut) end.pause();
      else end.destroy();
  }
}

process.on('message', async (order: RelayOrder) => {
  await obey(order);
  process.send?.('done');
});
process.on('disconnect', () => process.exit());
