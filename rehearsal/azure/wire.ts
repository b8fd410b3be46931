/** What a request and an answer are inside the stand-in, and how Azure words a refusal. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A request as a handler sees it. `parameters` are the named parts of the route's path, decoded. */
export interface Call {
  method: string;
  url: URL;
  /** Lower-case names, as Node gives them. */
  headers: Record<string, string | undefined>;
  body: Buffer;
  parameters: Record<string, string>;
}

/** An answer: `json` or `raw`, never both. */
export interface Answer {
  status: number;
  json?: unknown;
  raw?: Buffer | string;
  headers?: Record<string, string>;
}

/** One operation. Literal path parts match without regard to letter case, as in Azure; `:name` takes one part. */
export interface Route {
  method: string;
  path: string;
  handle: (call: Call) => Answer | Promise<Answer>;
}

/** An answer in the form of Azure Resource Manager's errors; handlers throw it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  answer(): Answer {
    return { status: this.status, json: { error: { code: this.code, message: this.message } }, headers: this.headers };
  }
}

/** A request that real Azure may well serve and this stand-in does not: it ends the run, naming what is missing. */
export class NotSimulated extends Refusal {
  constructor(what: string) {
    super(404, 'NotSimulated', `not simulated: ${what}`);
    this.name = 'NotSimulated';
  }
}

/** The parts named in `pattern` when `path` fits it, else undefined. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) {
      if (value === '') return undefined;
      parameters[part.slice(1)] = decodeURIComponent(value);
    } else if (part.toLowerCase() !== value.toLowerCase()) return undefined;
  }
  return parameters;
}

/** The body as a JSON object; anything else is Azure's 400. */
export function jsonBody(call: Call): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(call.body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Falls through to the refusal: Azure says the same for broken JSON and for JSON that is no object.
  }
  throw new Refusal(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.');
}

/** Refuses fields that this stand-in would silently ignore. */
export function onlyFields(value: Record<string, unknown>, known: readonly string[], where: string): void {
  const other = Object.keys(value).find((name) => !known.includes(name));
  if (other !== undefined) throw new NotSimulated(`field ${where}${other}`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Identifiers that Azure puts on every answer and that its support asks for. */
export function requestIds(): Record<string, string> {
  return { 'x-ms-request-id': randomUUID(), 'x-ms-correlation-request-id': randomUUID() };
}

/** Larger bodies are refused: no build context of this product comes near. */
const largestBody = 256 * 1024 * 1024;

/** Reads a whole request. */
export async function readCall(request: IncomingMessage, base: string): Promise<Call> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > largestBody) throw new Error('the request body is too large');
    parts.push(part);
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', base),
    headers,
    body: Buffer.concat(parts),
    parameters: {},
  };
}
