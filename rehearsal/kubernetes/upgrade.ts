/** Upgrade requests: exec over WebSocket, and a clear answer to clients that fall back to SPDY. */
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { ApiError, badRequest } from './api-error.ts';
import { type ContainerRef, containerOf } from './containers.ts';
import { attach, execProtocol } from './exec.ts';
import { type Api, type ApiRequest, failure } from './http.ts';
import type { ContainerProcess } from './ports.ts';
import { parseRoute, type Route } from './route.ts';

/** An upgrade, as Node hands it over. */
export interface Upgrade {
  request: ApiRequest;
  /** The raw request, for the WebSocket handshake. */
  incoming: Parameters<WebSocketServer['handleUpgrade']>[0];
  socket: Duplex;
  head: Buffer;
}

/**
 * kubectl answers any refusal of a WebSocket by asking again over SPDY, and shows that second answer. So the reason of a
 * refused exec is kept for the second request, which must not start the command again.
 */
const rememberedMilliseconds = 10_000;

/** Serves upgrades; `authorized` throws when the user may not. Reports the status code that each was answered with. */
export class Upgrades {
  readonly #api: Api;
  readonly #server = new WebSocketServer({ noServer: true, handleProtocols: () => execProtocol });
  readonly #refusals = new Map<string, { error: ApiError; until: number }>();

  constructor(api: Api) {
    this.#api = api;
  }

  /** Resolves to the HTTP status code once the upgrade is answered. */
  async handle(upgrade: Upgrade, authorized: (route: Route, verb: string) => void): Promise<number> {
    try {
      const { request } = upgrade;
      const route = parseRoute(request.path);
      if (route.subresource !== 'exec') {
        throw badRequest(`${request.path} is no path to upgrade`);
      }
      authorized(route, 'create');
      const { ref } = containerOf(this.#api, route, request);
      const process = await this.#start(ref, request);
      this.#server.handleUpgrade(upgrade.incoming, upgrade.socket, upgrade.head, (socket) => {
        void attach(socket, process);
      });
      return 101;
    } catch (error) {
      return refuse(upgrade.socket, error);
    }
  }

  /** Ends every session. */
  close(): void {
    for (const client of this.#server.clients) {
      client.terminate();
    }
    this.#server.close();
  }

  async #start(ref: ContainerRef, request: ApiRequest): Promise<ContainerProcess> {
    const command = request.query.getAll('command');
    const key = `${request.path}?${request.query}`;
    const protocols = String(request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/);
    if (!protocols.includes(execProtocol)) {
      const remembered = this.#refusals.get(key);
      if (remembered !== undefined && remembered.until > Date.now()) {
        throw remembered.error;
      }
      throw badRequest(`unable to upgrade connection: the Kubernetes stand-in speaks ${execProtocol} only`);
    }
    if (command.length === 0) {
      throw badRequest('you must specify at least one command for the container');
    }
    if (request.query.get('tty') === 'true') {
      throw badRequest('the Kubernetes stand-in has no terminals: run kubectl exec without -t');
    }
    const stdin = request.query.get('stdin') === 'true';
    return await this.#api.runtime.exec(ref, command, { stdin }).catch((reason: Error) => {
      const message = `Internal error occurred: unable to upgrade connection: ${reason.message}`;
      const error = new ApiError(500, 'InternalError', message);
      this.#refusals.set(key, { error, until: Date.now() + rememberedMilliseconds });
      throw error;
    });
  }
}

/** Writes a Status to a socket that was to be upgraded, and closes it. */
export function refuse(socket: Duplex, error: unknown): number {
  const { code, body } = failure(error);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${code} ${code === 401 ? 'Unauthorized' : 'Refused'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  return code;
}
