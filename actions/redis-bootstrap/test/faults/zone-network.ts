/** A network between servers that can be cut, on one machine and without rights: each server is behind a relay. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { ServerOptions } from '../redis-servers.ts';

/** What the relay is told. It answers when that is done. */
export type RelayOrder =
  | { kind: 'listen'; ip: string; zone: number; ports: readonly { announced: number; listening: number }[] }
  | { kind: 'cut' }
  | { kind: 'restore' };

/** What clients and other servers connect to, and where the server itself listens. */
const PORTS = [
  { announced: 6379, listening: 6380 },
  { announced: 16379, listening: 16380 },
];

export class ZoneNetwork {
  /** The options of servers that live in this network. */
  readonly options: ServerOptions;
  private readonly relay: ChildProcess;

  /** Servers are in so many zones in turn. */
  constructor(zones: number) {
    this.relay = fork(resolve(import.meta.dirname, 'zone-relay.ts'), { stdio: 'ignore', execArgv: [] });
    this.options = {
      settings: (ip) => ({
        port: '6380',
        'cluster-announce-port': '6379',
        'cluster-announce-bus-port': '16379',
        'replica-announce-port': '6379',
        // The relay knows by it who calls.
        'bind-source-addr': ip,
      }),
      onAddress: (ip, ordinal) => this.tell({ kind: 'listen', ip, zone: ordinal % zones, ports: PORTS }),
    };
  }

  /** From now on nothing passes between zones. */
  cut(): Promise<void> {
    return this.tell({ kind: 'cut' });
  }

  restore(): Promise<void> {
    return this.tell({ kind: 'restore' });
  }

  /** Ends the relay. */
  close(): void {
    this.relay.disconnect();
  }

  private waiting = Promise.resolve();
  private tell(order: RelayOrder): Promise<void> {
    this.waiting = this.waiting.then(async () => {
      this.relay.send(order);
      await once(this.relay, 'message');
    });
    return this.waiting;
  }
}
