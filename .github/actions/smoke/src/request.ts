import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** What came back. */
export interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Where a host name is really to be found. */
export interface Target {
  hostName: string;
  /** Address in place of DNS. */
  address?: string;
  port?: number;
}

const TIMEOUT_MILLISECONDS = 20_000;

/** One GET, redirects not followed. The certificate is checked against the host name, whatever address is used. */
export function get(
  target: Target,
  path: string,
  options: { scheme?: 'https' | 'http'; cookie?: string; signal: AbortSignal },
): Promise<Response> {
  const secure = options.scheme !== 'http';
  return new Promise((resolve, reject) => {
    const send = secure ? httpsRequest : httpRequest;
    const request = send(
      {
        host: target.address ?? target.hostName,
        port: secure ? (target.port ?? 443) : 80,
        path,
        servername: target.hostName,
        headers: {
          host: target.hostName,
          'user-agent': 'moodle-high-scale-smoke',
          ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
        },
        timeout: TIMEOUT_MILLISECONDS,
        signal: options.signal,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MILLISECONDS / 1000} s`)));
    request.on('error', reject);
    request.end();
  });
}
