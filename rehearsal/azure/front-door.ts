/**
 * Azure Front Door's edge: a real HTTPS reverse proxy for the endpoint host.
 *
 * It reaches the load balancer only through an approved private link connection, and only some time after the approval;
 * until then visitors get 504, as with the real one. Plain HTTP is redirected. Static files are cached as the origin's
 * Cache-Control allows.
 */
import { randomUUID } from 'node:crypto';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Where visitors are sent: the load balancer behind the approved connection. */
export interface Upstream {
  address: string;
  port: number;
  /** The host header that the origin is given. */
  host: string;
}

export interface FrontDoor {
  /** `https://…` of the edge by its loopback address. */
  url: string;
  /** `http://…` that redirects to `url`'s port. */
  httpUrl: string;
  stop(): Promise<void>;
}

interface CachedAnswer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
  expires: number;
}

/** Larger answers pass through uncached. */
const largestCachedBody = 8 * 1024 * 1024;
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection', 'te']);

export async function startFrontDoor(options: {
  tls: { cert: string; key: string };
  address: string;
  port: number;
  /** The origin when its connection is approved and in use, else undefined. */
  upstream: () => Upstream | undefined;
}): Promise<FrontDoor> {
  const cache = new Map<string, CachedAnswer>();
  const edge = createServer({ cert: options.tls.cert, key: options.tls.key }, (incoming, outgoing) =>
    serve(incoming, outgoing, options.upstream(), cache),
  );
  await listen(edge, options.port, options.address);
  const { port } = edge.address() as AddressInfo;
  const redirect = createHttpServer((incoming, outgoing) => {
    const host = (incoming.headers.host ?? options.address).split(':')[0];
    outgoing.writeHead(307, { location: `https://${host}:${port}${incoming.url}`, 'x-azure-ref': randomUUID() }).end();
  });
  await listen(redirect, 0, options.address);
  const servers = [edge, redirect];
  return {
    url: `https://${options.address}:${port}`,
    httpUrl: `http://${options.address}:${(redirect.address() as AddressInfo).port}`,
    stop: async () => {
      await Promise.all(servers.map(closeServer));
    },
  };
}

function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstream: Upstream | undefined,
  cache: Map<string, CachedAnswer>,
): void {
  const reference = { 'x-azure-ref': randomUUID().replaceAll('-', '') };
  if (upstream === undefined) {
    edgeError(outgoing, 504, 'OriginTimeout', reference);
    return;
  }
  const key = `${incoming.headers.host}${incoming.url}`;
  const cached = incoming.method === 'GET' || incoming.method === 'HEAD' ? cache.get(key) : undefined;
  if (cached !== undefined && cached.expires > Date.now()) {
    outgoing.writeHead(cached.status, { ...cached.headers, ...reference, 'x-cache': 'TCP_HIT' });
    outgoing.end(incoming.method === 'HEAD' ? undefined : cached.body);
    return;
  }
  const client = incoming.socket.remoteAddress ?? '';
  const forwarded = incoming.headers['x-forwarded-for'];
  const headers: OutgoingHttpHeaders = {
    ...withoutHopByHop(incoming.headers),
    host: upstream.host,
    'x-forwarded-for': forwarded === undefined ? client : `${forwarded}, ${client}`,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': incoming.headers.host,
    'x-azure-clientip': client,
    'x-azure-socketip': client,
    ...reference,
  };
  const toOrigin = request(
    { host: upstream.address, port: upstream.port, method: incoming.method, path: incoming.url, headers, agent: false },
    (answer) => relay(answer, outgoing, { key, cache, reference, method: incoming.method ?? 'GET' }),
  );
  toOrigin.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else edgeError(outgoing, 502, 'OriginConnectionRefused', reference);
  });
  outgoing.on('close', () => toOrigin.destroy());
  incoming.pipe(toOrigin);
}

function relay(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  {
    key,
    cache,
    reference,
    method,
  }: { key: string; cache: Map<string, CachedAnswer>; reference: OutgoingHttpHeaders; method: string },
): void {
  const headers = withoutHopByHop(answer.headers);
  const status = answer.statusCode ?? 502;
  const seconds = method === 'GET' && status === 200 ? cacheSeconds(answer) : 0;
  outgoing.writeHead(status, { ...headers, ...reference, 'x-cache': seconds > 0 ? 'TCP_MISS' : 'CONFIG_NOCACHE' });
  const parts: Buffer[] = [];
  let size = 0;
  answer.on('data', (part: Buffer) => {
    size += part.length;
    if (seconds > 0 && size <= largestCachedBody) parts.push(part);
  });
  answer.on('end', () => {
    if (seconds > 0 && size <= largestCachedBody)
      cache.set(key, { status, headers, body: Buffer.concat(parts), expires: Date.now() + seconds * 1000 });
  });
  answer.on('error', () => outgoing.destroy());
  answer.pipe(outgoing);
}

/** How long a shared cache may keep the answer (RFC 9111): only what says `public`, and nothing that sets a cookie. */
function cacheSeconds({ headers }: IncomingMessage): number {
  const control = headers['cache-control'] ?? '';
  if (
    headers['set-cookie'] !== undefined ||
    !/\bpublic\b/.test(control) ||
    /\b(no-store|no-cache|private)\b/.test(control)
  )
    return 0;
  return Number(/\bs-maxage=(\d+)/.exec(control)?.[1] ?? /\bmax-age=(\d+)/.exec(control)?.[1] ?? 0);
}

function edgeError(outgoing: ServerResponse, status: number, reason: string, reference: OutgoingHttpHeaders): void {
  outgoing
    .writeHead(status, {
      'content-type': 'text/html',
      'x-cache': 'CONFIG_NOCACHE',
      'x-azure-externalerror': `0x800705b4,${reason}`,
      ...reference,
    })
    .end(`<h2>Our services aren't available right now</h2><p>Azure Front Door: ${status} ${reason}</p>`);
}

function withoutHopByHop(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name.toLowerCase())));
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
