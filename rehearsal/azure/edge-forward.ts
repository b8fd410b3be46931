/** A request on its way from Front Door's edge to the origin and back, and the edge's cache. */
import { type IncomingMessage, type OutgoingHttpHeaders, request, type ServerResponse } from 'node:http';

/** Where visitors are sent: the load balancer behind the approved connection. */
export interface Upstream {
  address: string;
  port: number;
  /** The host header that the origin is given. */
  host: string;
}

interface CachedAnswer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
  expires: number;
}

/** What the edge keeps, by host and address. */
export type Cache = Map<string, CachedAnswer>;

/** What is known of a request that the edge lets through. */
export interface Passage {
  upstream: Upstream;
  client: string;
  /** Headers by which Front Door's support finds the request. */
  reference: OutgoingHttpHeaders;
  /** A rule lets the edge keep the answer. */
  cached: boolean;
  cache: Cache;
  send: (status: number, headers: OutgoingHttpHeaders) => ServerResponse;
  fail: (status: number, reason: string) => void;
  toOrigin: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders;
}

/** Larger answers pass through uncached. */
const largestCachedBody = 8 * 1024 * 1024;
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection', 'te']);

/** Answers from the cache, or asks the origin. */
export function forward(incoming: IncomingMessage, outgoing: ServerResponse, passage: Passage): void {
  const { upstream, cache, send, fail } = passage;
  const { method = 'GET', url = '/' } = incoming;
  const key = `${incoming.headers.host}${url}`;
  const kept = passage.cached && (method === 'GET' || method === 'HEAD') ? cache.get(key) : undefined;
  if (kept !== undefined && kept.expires > Date.now()) {
    send(kept.status, { ...kept.headers, 'x-cache': 'TCP_HIT' }).end(method === 'HEAD' ? undefined : kept.body);
    return;
  }
  const headers = passage.toOrigin(headersFor(incoming, passage));
  const to = { host: upstream.address, port: upstream.port, method, path: url, headers, agent: false };
  const asked = request(to, (answer) => relay(answer, outgoing, method === 'GET' ? key : undefined, passage));
  asked.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else fail(502, '0x80072efd,OriginConnectionRefused');
  });
  outgoing.on('close', () => asked.destroy());
  incoming.pipe(asked);
}

function headersFor(incoming: IncomingMessage, { client, reference, upstream }: Passage): OutgoingHttpHeaders {
  const forwarded = incoming.headers['x-forwarded-for'];
  return {
    ...withoutHopByHop(incoming.headers),
    host: upstream.host,
    'x-forwarded-for': forwarded === undefined ? client : `${forwarded}, ${client}`,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': incoming.headers.host,
    'x-azure-clientip': client,
    'x-azure-socketip': client,
    ...reference,
  };
}

/** `key` is that of an answer that may be kept. */
function relay(answer: IncomingMessage, outgoing: ServerResponse, key: string | undefined, passage: Passage): void {
  const { cached, cache, send } = passage;
  const status = answer.statusCode ?? 502;
  const seconds = cached && status === 200 && key !== undefined ? cacheSeconds(answer) : 0;
  const headers = withoutHopByHop(answer.headers);
  const verdict = seconds > 0 ? 'TCP_MISS' : 'PRIVATE_NOSTORE';
  send(status, { ...headers, 'x-cache': cached ? verdict : 'CONFIG_NOCACHE' });
  const parts: Buffer[] = [];
  let size = 0;
  answer.on('data', (part: Buffer) => {
    size += part.length;
    if (seconds > 0 && size <= largestCachedBody) parts.push(part);
  });
  answer.on('end', () => {
    if (key !== undefined && seconds > 0 && size <= largestCachedBody)
      cache.set(key, { status, headers, body: Buffer.concat(parts), expires: Date.now() + seconds * 1000 });
  });
  answer.on('error', () => outgoing.destroy());
  answer.pipe(outgoing);
}

/** Where an origin says nothing, Front Door keeps an answer for one to three days. */
const SECONDS_UNLESS_TOLD = 24 * 60 * 60;

/** How long the edge may keep an answer that a rule lets it keep (RFC 9111): never one that sets a cookie. */
function cacheSeconds({ headers }: IncomingMessage): number {
  const control = headers['cache-control'];
  if (headers['set-cookie'] !== undefined) return 0;
  if (control === undefined) return SECONDS_UNLESS_TOLD;
  if (/\b(no-store|no-cache|private)\b/.test(control)) return 0;
  return Number(/\bs-maxage=(\d+)/.exec(control)?.[1] ?? /\bmax-age=(\d+)/.exec(control)?.[1] ?? 0);
}

function withoutHopByHop(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name.toLowerCase())));
}
