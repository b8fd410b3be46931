/** The API server: TLS, tokens, the request log, and everything else handed to `dispatch`. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ApiError } from './api-error.ts';
import { dispatch, isPublic, requirePermission } from './dispatch.ts';
import { type Api, type ApiRequest, type Authorize, failure, type Identity, send } from './http.ts';
import type { PodRuntime } from './ports.ts';
import type { ClusterStore } from './store.ts';
import { refuse, Upgrades } from './upgrade.ts';
import { loadModels } from './validation/models.ts';

/** One answered request, for the report and for tests. */
export interface RequestRecord {
  method: string;
  /** Path with query. */
  url: string;
  status: number;
  user: string;
  userAgent: string;
  milliseconds: number;
}

/** What the server needs. */
export interface ApiServerOptions {
  store: ClusterStore;
  runtime: PodRuntime;
  /** PEM key and certificate; the certificate must name 127.0.0.1. */
  tls: { key: string; cert: string };
  /** Bearer tokens and whose they are. May be added to while the server runs. */
  tokens: Pick<ReadonlyMap<string, Identity>, 'get'>;
  /** Defaults to everything being allowed. */
  authorize?: Authorize;
  /** Called with the server when its handlers are there, for faults in front of them. */
  onServer?: (server: Server) => void;
  onRequest?: (record: RequestRecord) => void;
  /** Loopback address and port; by default 127.0.0.1 and a free port. */
  host?: string;
  port?: number;
}

/** A running server. */
export interface ApiServer {
  url: string;
  /** Ends every connection and stops listening; the store and the runtime are the caller's. */
  close(): Promise<void>;
}

const unauthenticated: Identity = { user: 'system:anonymous', groups: ['system:unauthenticated'] };

function identify(tokens: ApiServerOptions['tokens'], incoming: IncomingMessage): Identity | undefined {
  const token = /^Bearer (.+)$/.exec(String(incoming.headers.authorization ?? ''))?.[1];
  return token === undefined ? undefined : tokens.get(token);
}

function readRequest(incoming: IncomingMessage, identity: Identity, body: Buffer): ApiRequest {
  const url = new URL(incoming.url ?? '/', 'https://kubernetes');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    identity,
    body,
  };
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** Starts the server on loopback. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, runtime, tokens } = options;
  const api: Api = { store, runtime, models: await loadModels(), authorize: options.authorize ?? (() => true) };
  const upgrades = new Upgrades(api);
  const record = (incoming: IncomingMessage, status: number, started: number) =>
    options.onRequest?.({
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      status,
      user: (identify(tokens, incoming) ?? unauthenticated).user,
      userAgent: String(incoming.headers['user-agent'] ?? ''),
      milliseconds: Math.round(performance.now() - started),
    });
  const authenticated = (incoming: IncomingMessage): Identity => {
    const identity = identify(tokens, incoming);
    if (identity !== undefined) {
      return identity;
    }
    if (isPublic(new URL(incoming.url ?? '/', 'https://kubernetes').pathname)) {
      return unauthenticated;
    }
    throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const started = performance.now();
    response.on('close', () => record(incoming, response.statusCode, started));
    try {
      const body = await readAll(incoming);
      send(response, await dispatch(api, readRequest(incoming, authenticated(incoming), body)));
    } catch (error) {
      send(response, failure(error));
    }
  };
  const upgrade = async (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const started = performance.now();
    socket.on('error', () => socket.destroy());
    try {
      const request = readRequest(incoming, authenticated(incoming), Buffer.alloc(0));
      const authorized = (route: Parameters<typeof requirePermission>[1], verb: string) =>
        requirePermission(api, route, verb, request);
      record(incoming, await upgrades.handle({ request, incoming, socket, head }, authorized), started);
    } catch (error) {
      record(incoming, refuse(socket, error), started);
    }
  };

  const server = createServer({ ...options.tls, keepAliveTimeout: 60_000 });
  server.on('request', serve);
  server.on('upgrade', upgrade);
  options.onServer?.(server);
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host}:${port}`,
    close: async () => {
      upgrades.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
