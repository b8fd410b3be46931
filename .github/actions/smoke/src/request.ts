import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { siteError } from './site-error.ts';

/** What came back. */
export interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** When the server's certificate ends, of an answer over HTTPS. */
  certificateEnds: Date | undefined;
}

/** Where a host name is really to be found. */
export interface Target {
  hostName: string;
  /** In place of DNS. */
  secure: Address | undefined;
  plain: Address | undefined;
  requestTimeoutMilliseconds: number;
}

export interface Address {
  address: string;
  port: number;
}

export interface GetOptions {
  scheme?: 'https' | 'http';
  headers?: Record<string, string>;
  signal: AbortSignal;
}

/**
 * One GET, redirects not followed, on a connection of its own: so that requests reach different pods. The certificate is
 * checked against the host name, whatever address is used.
 *
 * @throws SiteError when there is no answer
 */
export function get(target: Target, path: string, options: GetOptions): Promise<Response> {
  const { scheme = 'https', headers, signal } = options;
  const { hostName, requestTimeoutMilliseconds } = target;
  const secure = scheme === 'https';
  const at = (secure ? target.secure : target.plain) ?? { address: hostName, port: secure ? 443 : 80 };
  const url = `${scheme}://${hostName}${path}`;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      if (signal.aborted) reject(signal.reason);
      else reject(siteError(url, error));
    };
    const request = (secure ? httpsRequest : httpRequest)(
      {
        host: at.address,
        port: at.port,
        path,
        servername: hostName,
        headers: { host: hostName, 'user-agent': 'moodle-high-scale-smoke', ...headers },
        signal,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        const ends = secure ? (response.socket as TLSSocket).getPeerCertificate().valid_to : undefined;
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
            certificateEnds: ends === undefined ? undefined : new Date(ends),
          });
        });
      },
    );
    const timer = setTimeout(
      () => request.destroy(new Error(`none within ${requestTimeoutMilliseconds / 1000} s`)),
      requestTimeoutMilliseconds,
    );
    request.on('error', (error) => {
      clearTimeout(timer);
      fail(error);
    });
    request.end();
  });
}
