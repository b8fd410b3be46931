/** Faults of requests, put in front of a server's own handlers. */
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from './fault.ts';
import { isRefusal, refusalText } from './refusals.ts';
import type { Wire } from './wire.ts';

/** Longer than anything here takes, shorter than any time limit of the actions. */
const SLOW_MILLISECONDS = 3000;
/** How long an upgraded connection lives whose answer is to be lost or cut. */
const UPGRADED_MILLISECONDS = 150;

/** What goes on until somebody ends it is no read. */
const STREAM = /[?&](?:watch|follow)=(?:true|1)/;

/** An answer that was given before. */
interface Given {
  status: number;
  headers: OutgoingHttpHeaders;
  body: string;
}

/** Takes the place of the listeners that a server has, and calls them when the request is to be served. */
export function intercept(server: Server, service: Service, wire: Wire): void {
  const given = new Map<string, Given[]>();
  replace(server, 'request', async (incoming: IncomingMessage, response: ServerResponse, serve) => {
    const path = incoming.url ?? '/';
    // The stand-ins' own: control, and the keys by which one knows the other's tokens.
    if (/^\/(_rehearsal|\.well-known)\//.test(path)) return serve();
    const request = `${incoming.method} ${path.split('?')[0]}`;
    const fault = wire.take(service, request);
    if (fault === undefined || fault.kind === 'stale-read') {
      if (incoming.method === 'GET' && !STREAM.test(path))
        through(response, (answer) => {
          const known = given.get(path) ?? [];
          const old = fault === undefined ? undefined : known.findLast(({ body }) => body !== answer.body);
          given.set(path, [...known.slice(-3), answer]);
          if (old !== undefined) fault?.met();
          return old;
        });
      return serve();
    }
    fault.met();
    if (fault.kind === 'slow') {
      await sleep(SLOW_MILLISECONDS);
      serve();
    } else if (fault.kind === 'reset') incoming.socket.destroy();
    else if (isRefusal(fault.kind)) {
      const { status, headers, body } = refusalText(service, fault.kind);
      response.writeHead(status, headers).end(body);
    } else {
      spoil(response, fault.kind === 'truncated');
      serve();
    }
  });
  replace(server, 'upgrade', async (incoming: IncomingMessage, socket: Duplex, serve) => {
    const fault = wire.take(service, `UPGRADE ${(incoming.url ?? '/').split('?')[0]}`);
    if (fault === undefined || fault.kind === 'stale-read') return serve();
    fault.met();
    if (fault.kind === 'slow') await sleep(SLOW_MILLISECONDS);
    if (fault.kind === 'reset') socket.destroy();
    else if (isRefusal(fault.kind)) {
      const { status, headers, body } = refusalText(service, fault.kind);
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${status} Fault\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`);
    } else {
      serve();
      if (fault.kind !== 'slow') setTimeout(() => socket.destroy(), UPGRADED_MILLISECONDS);
    }
  });
}

type Listener = (...args: never[]) => void;

/** Puts a listener before those that are there, which it is given as a function. */
function replace<T>(
  server: Server,
  event: 'request' | 'upgrade',
  listener: (incoming: IncomingMessage, second: T, serve: () => void) => Promise<void>,
): void {
  const own = server.listeners(event) as Listener[];
  if (own.length === 0) return;
  server.removeAllListeners(event);
  server.on(event, (...args: unknown[]) => {
    const [incoming, second] = args as [IncomingMessage, T];
    void listener(incoming, second, () => {
      for (const each of own) each(...(args as never[]));
    });
  });
}

/** Shows an answer that comes whole, before it is sent; another is sent in its place when `see` gives one. */
function through(response: ServerResponse, see: (answer: Given) => Given | undefined): void {
  const writeHead = response.writeHead.bind(response);
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  const flushHeaders = response.flushHeaders.bind(response);
  let head: Pick<Given, 'status' | 'headers'> | undefined;
  const sendHead = (): void => {
    const now = head;
    head = undefined;
    if (now !== undefined) writeHead(now.status, now.headers);
  };
  response.flushHeaders = () => {
    sendHead();
    flushHeaders();
  };
  response.writeHead = ((status: number, headers: Given['headers'] = {}) => {
    head = { status, headers };
    return response;
  }) as typeof response.writeHead;
  response.write = ((...args: Parameters<typeof write>) => {
    sendHead();
    return write(...args);
  }) as typeof response.write;
  response.end = ((chunk?: unknown, ...rest: never[]) => {
    const isWhole = !response.headersSent && (typeof chunk === 'string' || Buffer.isBuffer(chunk));
    const old = isWhole
      ? see({
          status: head?.status ?? response.statusCode,
          headers: { ...response.getHeaders(), ...head?.headers },
          body: chunk.toString(),
        })
      : undefined;
    head = old ?? head;
    sendHead();
    return old === undefined ? end(chunk, ...rest) : end(old.body);
  }) as typeof response.end;
}

/** The connection is cut when the answer is to be sent: before it, or in the middle of it. */
function spoil(response: ServerResponse, halfway: boolean): void {
  const write = response.write.bind(response);
  const cut = (chunk: unknown): void => {
    const text = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk : '';
    if (!halfway || text.length < 2) response.socket?.destroy();
    else write(text.slice(0, text.length / 2), () => response.socket?.destroy());
  };
  response.write = ((chunk: unknown) => {
    cut(chunk);
    return true;
  }) as typeof response.write;
  response.end = ((chunk?: unknown) => {
    cut(chunk);
    return response;
  }) as typeof response.end;
}
