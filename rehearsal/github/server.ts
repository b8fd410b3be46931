import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Comments } from './comments.ts';
import { Faults, faultReply } from './faults.ts';
import { answerQuery } from './graphql.ts';
import { conditional, failure, type Reply, type Request, readRequest } from './http.ts';
import { IdTokenIssuer } from './oidc.ts';
import { allows } from './permissions.ts';
import { Repositories } from './repositories.ts';
import { Reviews } from './reviews.ts';
import { answer, type Store } from './routes.ts';
import { Tokens } from './tokens.ts';

/** What the stand-in needs to start. */
export interface GitHubOptions {
  /** PEM texts of the certificate for 127.0.0.1. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** Called with the server when its handlers are there, for faults in front of them. */
  readonly onServer?: (server: Server) => void;
  /** Port on loopback; a free one unless given. */
  readonly port?: number;
  /** JSON file that keeps the comments between runs. */
  readonly stateFile?: string;
  /** Milliseconds that a request, and then its answer, is under way; none unless given. */
  readonly latency?: () => number;
}

/** A running stand-in of GitHub: REST API, one GraphQL query, ID tokens, deployment reviews. */
export interface GitHub {
  /** GITHUB_API_URL, and the issuer of ID tokens. */
  readonly url: string;
  readonly comments: Comments;
  readonly reviews: Reviews;
  readonly repositories: Repositories;
  readonly tokens: Tokens;
  readonly faults: Faults;
  /** Every REST and GraphQL call, as `METHOD path`, in the order in which they came. */
  readonly calls: readonly string[];
  /** ACTIONS_ID_TOKEN_REQUEST_URL; clients append `&audience=...`. */
  readonly idTokenRequestUrl: string;
  /** Calls that were refused because the stand-in does not know them, as `METHOD path`. */
  readonly notSimulated: readonly string[];
  close(): Promise<void>;
}

const tokenPath = '/_services/token';

/** Starts the stand-in on loopback. */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const server = createServer({ cert: options.tls.cert, key: options.tls.key });
  const url = await listen(server, options.port ?? 0);
  const issuer = new IdTokenIssuer(url);
  const notSimulated: string[] = [];
  const store: Store = {
    comments: new Comments(options.stateFile),
    reviews: new Reviews(),
    repositories: new Repositories(),
    tokens: new Tokens(),
    url,
    now: () => new Date().toISOString(),
  };
  const faults = new Faults();
  const calls: string[] = [];
  const underWay = (): Promise<unknown> =>
    options.latency === undefined ? Promise.resolve() : setTimeout(options.latency());
  server.on('request', async (message, response) => {
    const reply = await readRequest(message, url)
      .then(async (request) => {
        await underWay();
        const call = `${request.method} ${request.url.pathname}`;
        calls.push(call);
        const fault = faults.take(call);
        const instead = fault && faultReply(fault);
        if (instead !== undefined) return instead;
        const reply = conditional(request, route(store, issuer, request, notSimulated));
        await underWay();
        return fault === undefined ? reply : undefined;
      })
      .catch((error: unknown) => failure(400, error instanceof Error ? error.message : String(error)));
    if (reply === undefined) {
      message.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...reply.headers });
    response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
  });
  options.onServer?.(server);
  return {
    url,
    comments: store.comments,
    reviews: store.reviews,
    repositories: store.repositories,
    tokens: store.tokens,
    faults,
    calls,
    idTokenRequestUrl: `${url}${tokenPath}?api-version=2.0`,
    notSimulated,
    close: () => close(server),
  };
}

function route(store: Store, issuer: IdTokenIssuer, request: Request, notSimulated: string[]): Reply {
  const { method, url } = request;
  if (method === 'GET' && url.pathname === '/.well-known/openid-configuration')
    return { status: 200, body: issuer.discovery() };
  if (method === 'GET' && url.pathname === '/.well-known/jwks') return { status: 200, body: issuer.keys() };
  if (method === 'GET' && url.pathname === tokenPath) return idToken(store, issuer, request);
  // https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent
  if (request.userAgent === '')
    return failure(
      403,
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
    );
  const reply =
    method === 'POST' && url.pathname === '/graphql' ? answerQuery(store.tokens, request) : answer(store, request);
  if (reply !== undefined) return reply;
  const call = `${method} ${url.pathname}`;
  notSimulated.push(call);
  return failure(404, `not simulated: ${call}`);
}

function idToken(store: Store, issuer: IdTokenIssuer, request: Request): Reply {
  const job = store.tokens.job(request.authorization);
  if (job === undefined) return failure(401, 'The runtime token is not valid, or its job has ended');
  if (!allows(job.permissions, 'id-token', 'write')) return failure(403, "The job has no 'id-token: write' permission");
  const [owner = ''] = job.identity.repository.split('/');
  const audience = request.url.searchParams.get('audience') ?? `https://github.com/${owner}`;
  const value = issuer.issue(job.identity, audience, Math.floor(Date.now() / 1000));
  return { status: 200, body: { count: value.length, value } };
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: actual }: AddressInfo = Object.assign({ address: '', family: '', port }, server.address());
      resolve(`https://127.0.0.1:${actual}`);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
