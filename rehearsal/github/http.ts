import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A request as the handlers see it. */
export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
  readonly userAgent: string;
  /** `If-None-Match`. */
  readonly knownTag: string;
  readonly body: Record<string, unknown>;
}

/** What a handler answers. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** GitHub limits a request body; no action of a pipeline comes near. */
const largestBody = 4 * 1024 * 1024;

/**
 * Reads a request.
 *
 * @throws Error when the body is too large or no JSON object.
 */
export async function readRequest(message: IncomingMessage, origin: string): Promise<Request> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > largestBody) throw new Error('Problems parsing JSON: body too large');
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    method: message.method ?? 'GET',
    url: new URL(message.url ?? '/', origin),
    authorization: message.headers.authorization ?? '',
    userAgent: message.headers['user-agent'] ?? '',
    knownTag: message.headers['if-none-match'] ?? '',
    body: text === '' ? {} : parseObject(text),
  };
}

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('Body should be a JSON object');
  return { ...value };
}

/** An error in GitHub's form. */
export function failure(status: number, message: string, errors?: readonly unknown[]): Reply {
  const body = {
    message,
    ...(errors && { errors }),
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  };
  return { status, body };
}

/** An answer to a read with its entity tag, or 304 when the client has it already. */
export function conditional(request: Request, reply: Reply): Reply {
  if (request.method !== 'GET' || reply.status !== 200) return reply;
  const etag = `W/"${createHash('sha256').update(JSON.stringify(reply.body)).digest('hex')}"`;
  const headers = { ...reply.headers, etag };
  return request.knownTag === etag ? { status: 304, headers } : { ...reply, headers };
}

/** One page of a list, with the Link header that clients follow. */
export function page<T>(request: Request, list: readonly T[]): { items: T[]; headers: Record<string, string> } {
  const number = (name: string, fallback: number): number => {
    const value = Number.parseInt(request.url.searchParams.get(name) ?? '', 10);
    return value > 0 ? value : fallback;
  };
  const size = Math.min(number('per_page', 30), 100);
  const current = number('page', 1);
  const last = Math.max(1, Math.ceil(list.length / size));
  const link = (to: number, rel: string): string => {
    const url = new URL(request.url);
    url.searchParams.set('page', String(to));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(current > 1 ? [link(current - 1, 'prev'), link(1, 'first')] : []),
    ...(current < last ? [link(current + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    items: list.slice((current - 1) * size, current * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}
