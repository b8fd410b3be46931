/**
 * The storage account of ACR Tasks: it takes build contexts and gives logs, each by a shared access signature (SAS) that
 * opens one blob for one kind of access.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Keeper } from './state.ts';
import { type Answer, type Call, NotSimulated, Refusal, type Route } from './wire.ts';

/** Signatures handed out since start, with what they open. After a restart a client asks for a new one. */
type Signatures = Map<string, string>;

export interface Blobs {
  /** An address that opens the blob, to read (`r`) or to create and write (`cw`). */
  sign(blob: string, permission: 'r' | 'cw'): string;
  routes: Route[];
}

export function makeBlobs({ keeper, base }: { keeper: Keeper; base: () => string }): Blobs {
  const signatures: Signatures = new Map();
  return {
    sign: (blob, permission) => {
      const signature = randomBytes(24).toString('base64url');
      signatures.set(signature, `${permission}:${blob}`);
      const expiry = encodeURIComponent(new Date(Date.now() + 3_600_000).toISOString());
      return `${base()}/blobs/${blob}?sv=2019-07-07&sr=b&sp=${permission}&se=${expiry}&sig=${signature}`;
    },
    routes: [
      { method: 'PUT', path: '/blobs/tasks-source/:blob', handle: (call) => putBlob(call, signatures, keeper) },
      { method: 'GET', path: '/blobs/logs/:run/rawtext.log', handle: (call) => readLog(call, signatures, keeper) },
    ],
  };
}

/** Storage checks the signature first, and won't have a bearer token beside it. */
function checkSas(call: Call, blob: string, permission: string, signatures: Signatures): void {
  if (call.headers.authorization !== undefined)
    throw new Refusal(
      403,
      'AuthenticationFailed',
      'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
    );
  const opens = signatures.get(call.url.searchParams.get('sig') ?? '');
  if (opens !== `${permission}:${blob}`)
    throw new Refusal(
      403,
      'AuthenticationFailed',
      'Server failed to authenticate the request. Signature did not match.',
    );
}

function putBlob(call: Call, signatures: Signatures, keeper: Keeper): Answer {
  const name = call.parameters.blob ?? '';
  checkSas(call, `tasks-source/${name}`, 'cw', signatures);
  if (call.headers['x-ms-blob-type'] !== 'BlockBlob')
    throw new Refusal(
      400,
      'MissingRequiredHeader',
      'An HTTP header that is mandatory for this request is not specified: x-ms-blob-type.',
    );
  const directory = join(keeper.directory, 'blobs');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), call.body);
  return { status: 201, headers: { etag: '"0x8D4"' } };
}

const finalMark = { Succeeded: 'succeeded', Failed: 'failed', Canceled: 'canceled' } as const;

function readLog(call: Call, signatures: Signatures, keeper: Keeper): Answer {
  const id = call.parameters.run ?? '';
  checkSas(call, `logs/${id}/rawtext.log`, 'r', signatures);
  const build = keeper.state.runs.find((candidate) => candidate.id === id);
  if (build === undefined || build.startTime === undefined)
    throw new Refusal(404, 'BlobNotFound', 'The specified blob does not exist.');
  const content = Buffer.from(build.log);
  const mark =
    build.finishTime === undefined ? {} : { 'x-ms-meta-complete': finalMark[build.status as keyof typeof finalMark] };
  const headers = { 'content-type': 'text/plain', 'x-ms-blob-type': 'AppendBlob', ...mark };
  const range = call.headers['x-ms-range'] ?? call.headers.range;
  if (range === undefined) return { status: 200, raw: content, headers };
  const start = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw new NotSimulated(`range '${range}' of a log`);
  if (start >= content.length) return { status: 416, headers };
  return {
    status: 206,
    raw: content.subarray(start),
    headers: { ...headers, 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` },
  };
}
