/**
 * Azure Front Door's edge: a real HTTPS reverse proxy for the endpoint host.
 *
 * It reaches the load balancer only through an approved private link connection, and only some time after the approval;
 * until then visitors get 504, as with the real one. What it does besides (redirect, headers, caching, firewall) is what
 * Terraform told it: without a route there is nothing but 404.
 */
import { randomUUID } from 'node:crypto';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Cache, forward, type Upstream } from './edge-forward.ts';
import type { EdgeRules, EdgeVerdict } from './edge-rules.ts';

export interface FrontDoor {
  /** `https://…` of the edge by its loopback address. */
  url: string;
  /** `http://…` that redirects to `url`'s port. */
  httpUrl: string;
  stop(): Promise<void>;
}

/** What a test may make of the edge's work, to plant a fault that a smoke test must find. */
export interface Tampering {
  /** Another place to redirect plain HTTP to; undefined serves it without a redirect. */
  redirect?: (location: string) => string | undefined;
  verdict?: (verdict: EdgeVerdict) => EdgeVerdict;
  toOrigin?: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders;
  answer?: (answer: { status: number; headers: OutgoingHttpHeaders }, url: string) => typeof answer;
  /** Leaves every request without an answer. */
  silent?: boolean;
}

export interface FrontDoorOptions {
  tls: { cert: string; key: string };
  address: string;
  port: number;
  /** The origin when its connection is approved and in use, else undefined. */
  upstream: () => Upstream | undefined;
  rules: EdgeRules;
  tampering?: () => Tampering;
  /** Called with the HTTPS server when its handlers are there. */
  onServer?: (server: Server) => void;
}

export async function startFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const edge: Edge = { ...options, cache: new Map() };
  const secure = createServer({ cert: options.tls.cert, key: options.tls.key }, (incoming, outgoing) =>
    serve(incoming, outgoing, edge),
  );
  options.onServer?.(secure);
  await listen(secure, options.port, options.address);
  const plain = createHttpServer((incoming, outgoing) => {
    const location = `https://${(incoming.headers.host ?? options.address).split(':')[0]}${incoming.url}`;
    const { redirect = (to: string) => to } = options.tampering?.() ?? {};
    const to = options.rules.redirectsToHttps() ? redirect(location) : undefined;
    if (to === undefined) serve(incoming, outgoing, edge);
    else outgoing.writeHead(307, { location: to, 'x-azure-ref': randomUUID() }).end();
  });
  await listen(plain, 0, options.address);
  const at = (server: Server): string => `${options.address}:${(server.address() as AddressInfo).port}`;
  return {
    url: `https://${at(secure)}`,
    httpUrl: `http://${at(plain)}`,
    stop: async () => {
      await Promise.all([secure, plain].map(closeServer));
    },
  };
}

type Edge = FrontDoorOptions & { cache: Cache };

function serve(incoming: IncomingMessage, outgoing: ServerResponse, edge: Edge): void {
  const tampering = edge.tampering?.() ?? {};
  if (tampering.silent === true) return;
  const reference = { 'x-azure-ref': randomUUID().replaceAll('-', '') };
  const { method = 'GET', url = '/' } = incoming;
  const client = incoming.socket.remoteAddress ?? '';
  const judged = edge.rules.judge({ method, url, client });
  const verdict = tampering.verdict?.(judged) ?? judged;
  const send = (status: number, headers: OutgoingHttpHeaders): ServerResponse => {
    const all = { ...headers, ...Object.fromEntries(verdict.headers), ...reference };
    const answer = tampering.answer?.({ status, headers: all }, url) ?? { status, headers: all };
    return outgoing.writeHead(answer.status, answer.headers);
  };
  const fail = (status: number, reason: string): void => {
    const headers = { 'content-type': 'text/html', 'x-cache': 'CONFIG_NOCACHE', 'x-azure-externalerror': reason };
    send(status, headers).end(`<h2>Our services aren't available right now</h2><p>Azure Front Door: ${status}</p>`);
  };
  const upstream = edge.upstream();
  if (!verdict.routed) fail(404, '0x80070490,ConfigurationNotFound');
  else if (verdict.blocked) fail(403, '0x80070005,RequestBlocked');
  else if (upstream === undefined) fail(504, '0x800705b4,OriginTimeout');
  else
    forward(incoming, outgoing, {
      upstream,
      client,
      reference,
      cached: verdict.cached,
      cache: edge.cache,
      send,
      fail,
      toOrigin: tampering.toOrigin ?? ((headers) => headers),
    });
}

export function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Closes a server with its keep-alive connections, which would otherwise hold the process open. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
