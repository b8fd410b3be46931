/**
 * A relay that puts a server far away: whatever is sent through it, either way, arrives half a round trip later, in order.
 * What a real one adds on top, bandwidth and loss, it does not.
 */
import { connect, createServer, type Socket } from 'node:net';

export interface FarRelay {
  port: number;
  close(): Promise<void>;
}

/** Begins to relay connections to a port of this machine. */
export async function farRelay(to: number, roundTripMilliseconds: number): Promise<FarRelay> {
  const half = roundTripMilliseconds / 2;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    // Of the three segments that open a connection two have gone their way when it may send.
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    near.pause();
    setTimeout(() => near.resume(), roundTripMilliseconds);
    for (const [from, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => setTimeout(() => other.write(chunk), half));
      from.on('end', () => setTimeout(() => other.end(), half));
      from.on('error', () => other.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The relay has no port.');
  return {
    port: address.port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
