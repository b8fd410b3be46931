/**
 * Blobs behind a shared access signature (SAS). The address itself is the key: it is masked, and no bearer token goes with
 * it, which storage would refuse and which would show our token to another service.
 */
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { retry } from '../process/retry.ts';
import type { Secrets } from '../secrets.ts';
import { errorOfAnswer, errorOfNetwork, failureOf } from './azure-error.ts';
import { sdk } from './load-sdk.ts';

/** What blob requests need from outside. */
export interface BlobOptions {
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  secrets: Secrets;
}

/** Blobs by their SAS addresses. */
export interface Blobs {
  /** Uploads a block blob in one piece. */
  put(url: string, content: Buffer): Promise<void>;
  /** Reads from a byte on. Statuses 200, 206, 404 and 416 are answers. */
  readFrom(url: string, start: number): Promise<BlobPart>;
}

/** A part of a blob that may still grow. */
export interface BlobPart {
  status: 200 | 206 | 404 | 416;
  text: string;
  /** The blob's metadata, by lower-case name. */
  metadata: Record<string, string>;
}

const TIMEOUT_MILLISECONDS = 120_000;

export function createBlobs({ clock, log, signal, secrets }: BlobOptions): Blobs {
  function send(
    method: 'GET' | 'PUT',
    url: string,
    headers: Record<string, string>,
    expected: readonly number[],
    body?: Buffer,
  ): Promise<PipelineResponse> {
    maskSignature(url, secrets);
    const { host, pathname } = new URL(url);
    const what = `${method} ${pathname.split('/').slice(-2).join('/')}`;
    const once = async (): Promise<PipelineResponse> => {
      const { sendPlain } = await sdk();
      let response: PipelineResponse;
      try {
        response = await sendPlain({
          url,
          method,
          headers: { 'x-ms-version': '2020-10-02', ...headers },
          timeout: TIMEOUT_MILLISECONDS,
          abortSignal: signal,
          ...(body === undefined ? {} : { body }),
        });
      } catch (error) {
        signal.throwIfAborted();
        throw errorOfNetwork(what, host, error);
      }
      if (expected.includes(response.status)) return response;
      const answer = { status: response.status, headers: response.headers.toJSON(), body: response.bodyAsText ?? '' };
      throw errorOfAnswer(what, answer, clock.now());
    };
    return retry(once, { what, clock, log, signal, failureOf });
  }

  return {
    async put(url, content) {
      await send('PUT', url, { 'x-ms-blob-type': 'BlockBlob' }, [201], content);
    },
    async readFrom(url, start) {
      const response = await send('GET', url, { 'x-ms-range': `bytes=${start}-` }, [200, 206, 404, 416]);
      const metadata = Object.entries(response.headers.toJSON()).flatMap(([name, value]) =>
        name.startsWith('x-ms-meta-') ? [[name.slice('x-ms-meta-'.length), value] as const] : [],
      );
      const status = response.status as BlobPart['status'];
      const text = status === 200 || status === 206 ? (response.bodyAsText ?? '') : '';
      return { status, text, metadata: Object.fromEntries(metadata) };
    },
  };
}

/** Masks the signature, as it stands in the address and decoded. */
function maskSignature(url: string, secrets: Secrets): void {
  const raw = /[?&]sig=([^&]+)/.exec(url)?.[1];
  if (raw === undefined) return;
  secrets.add(raw);
  secrets.add(decodeURIComponent(raw));
}
