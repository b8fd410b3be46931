/** Requests and replies of the API server, apart from the socket. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import type { PodRuntime } from './ports.ts';
import type { ClusterStore } from './store.ts';
import type { Models } from './validation/models.ts';

/** Who asks. */
export interface Identity {
  user: string;
  groups: readonly string[];
}

/** Whether a user may do something; `resource` is a plural, with `/subresource` where there is one. */
export type Authorize = (
  identity: Identity,
  verb: string,
  resource: { group: string; resource: string },
  namespace: string | undefined,
) => boolean;

/** What every handler works with. */
export interface Api {
  store: ClusterStore;
  runtime: PodRuntime;
  models: Models;
  authorize: Authorize;
}

/** One request, read whole. */
export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  identity: Identity;
  body: Buffer;
}

/** An answer; `stream` takes over the response instead of `body`. */
export interface Reply {
  code: number;
  body?: unknown;
  contentType?: string;
  warnings?: readonly string[];
  stream?: (response: ServerResponse) => void;
}

/** 200 with an object. */
export function ok(body: unknown): Reply {
  return { code: 200, body };
}

/** Any failure as a reply; what is no ApiError is a defect of the stand-in and says so. */
export function failure(error: unknown): Reply {
  if (error instanceof ApiError) {
    return { code: error.code, body: error.toStatus() };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return failure(new ApiError(500, 'InternalError', `Internal error occurred: ${text}`));
}

/** Writes a reply. */
export function send(response: ServerResponse, reply: Reply): void {
  if (reply.stream !== undefined) {
    reply.stream(response);
    return;
  }
  const text = typeof reply.body === 'string' ? reply.body : `${JSON.stringify(reply.body)}\n`;
  const fallback = typeof reply.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  const warnings = (reply.warnings ?? []).map((warning) => `299 - ${JSON.stringify(warning)}`);
  if (warnings.length > 0) {
    response.setHeader('warning', warnings);
  }
  response.writeHead(reply.code, {
    'content-type': reply.contentType ?? fallback,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** The field manager of a write: the parameter, else the client's name. */
export function managerOf(request: ApiRequest): string {
  const given = request.query.get('fieldManager');
  const agent = String(request.headers['user-agent'] ?? 'unknown');
  return given === null || given === '' ? (agent.split('/')[0] ?? agent) : given;
}

/** Whether nothing is to be stored; throws 400 for a value other than All. */
export function isDryRun(values: readonly string[]): boolean {
  const unknown = values.find((value) => value !== 'All');
  if (unknown !== undefined) {
    throw new ApiError(422, 'Invalid', `dryRun: Unsupported value: "${unknown}": supported values: "All"`);
  }
  return values.length > 0;
}
