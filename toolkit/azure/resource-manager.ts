/**
 * Azure Resource Manager behind a narrow interface: JSON in, JSON out, pages followed, transient faults retried by their
 * error code, everything else a sentence.
 *
 * Over `getClient` of @azure-rest/core-client, whose path API neither throws nor pages: both are done here.
 */

import type { TokenCredential } from '@azure/identity';
import type { Client, PathUncheckedResponse, RequestParameters } from '@azure-rest/core-client';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { retry } from '../process/retry.ts';
import { AzureError, errorOfAnswer, errorOfNetwork, failureOf } from './azure-error.ts';
import { sdk } from './load-sdk.ts';

/** Query parameters besides `api-version`. */
export type Query = Readonly<Record<string, string>>;

/** JSON requests to one host with one kind of token. Paths start with a slash and are already encoded. */
export interface JsonClient {
  /** Reads. */
  get<T>(path: string, apiVersion: string, query?: Query): Promise<T>;
  /** Reads what may not be there. */
  find<T>(path: string, apiVersion: string): Promise<T | undefined>;
  /** Replaces. */
  put<T>(path: string, apiVersion: string, body: unknown): Promise<T>;
  /** Calls an action; the answer may be empty. */
  post<T>(path: string, apiVersion: string, options?: PostOptions): Promise<T>;
  /** The items of all pages, fetched as they are asked for. */
  pages<T>(path: string, apiVersion: string, query?: Query): AsyncGenerator<T, void, undefined>;
}

/** What an action is called with. */
export interface PostOptions {
  body?: unknown;
  query?: Query;
  /** In place of the client's own, for what must still be said after the job was cancelled. */
  signal?: AbortSignal;
}

/** Resource Manager of one subscription. */
export interface ResourceManager extends JsonClient {
  readonly subscriptionId: string;
}

/** What a client needs from outside. */
export interface JsonClientOptions {
  /** `https://…`, without a trailing slash. */
  endpoint: string;
  /** Audience of the tokens. */
  audience: string;
  credential: TokenCredential;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** Tries in all for a request that meets transient faults; 6 when absent. */
  attempts?: number;
}

/** One request may take so long; Resource Manager's own reads end within a minute. */
const REQUEST_TIMEOUT_MILLISECONDS = 60_000;

/** Codes of a 404 that mean "not there (yet)"; a subscription that is not found is a mistake in the inputs. */
const NOT_THERE: readonly string[] = ['ResourceNotFound', 'ResourceGroupNotFound', 'NotFound'];

type Method = 'get' | 'put' | 'post';

/** A client for JSON over HTTPS with Azure's errors: Resource Manager, Key Vault. */
export function createJsonClient(options: JsonClientOptions): JsonClient {
  const { endpoint, audience, credential, clock, log, signal, attempts } = options;
  let created: Promise<Client> | undefined;
  const create = async (): Promise<Client> => (await sdk()).restClient(endpoint, audience, credential);

  async function once(
    method: Method,
    url: string,
    parameters: RequestParameters,
    until: AbortSignal,
  ): Promise<PathUncheckedResponse> {
    const request = requestName(method, url);
    let response: PathUncheckedResponse;
    try {
      created ??= create();
      const client = await created;
      response = await client.pathUnchecked(url)[method]({
        ...parameters,
        abortSignal: until,
        timeout: REQUEST_TIMEOUT_MILLISECONDS,
      });
    } catch (error) {
      until.throwIfAborted();
      if (isNetworkError(error)) throw errorOfNetwork(request, endpoint, error);
      throw error;
    }
    const status = Number(response.status);
    if (status >= 200 && status < 300) return response;
    throw errorOfAnswer(request, { status, headers: response.headers, body: response.body }, clock.now());
  }

  async function send<T>(method: Method, url: string, parameters: RequestParameters = {}, until = signal): Promise<T> {
    const response = await retry(() => once(method, url, parameters, until), {
      what: requestName(method, url),
      clock,
      log,
      signal: until,
      failureOf,
      ...(attempts === undefined ? {} : { attempts }),
    });
    return response.body as T;
  }

  const json = (body: unknown): RequestParameters =>
    body === undefined ? {} : { body, contentType: 'application/json' };
  return {
    get: (path, apiVersion, query) => send('get', withQuery(path, apiVersion, query)),
    async find<T>(path: string, apiVersion: string): Promise<T | undefined> {
      try {
        return await send<T>('get', withQuery(path, apiVersion));
      } catch (error) {
        if (error instanceof AzureError && NOT_THERE.includes(error.code)) return undefined;
        throw error;
      }
    },
    put: (path, apiVersion, body) => send('put', withQuery(path, apiVersion), json(body)),
    post: (path, apiVersion, { body, query, signal: until } = {}) =>
      send('post', withQuery(path, apiVersion, query), json(body), until),
    async *pages<T>(path: string, apiVersion: string, query?: Query): AsyncGenerator<T, void, undefined> {
      let next: string | undefined = withQuery(path, apiVersion, query);
      while (next !== undefined && next !== '') {
        const page: { value?: T[]; nextLink?: string } = await send('get', next);
        yield* page.value ?? [];
        next = page.nextLink;
        // The token goes wherever the link leads, so it must lead to the same host.
        if (next && new URL(next, endpoint).origin !== new URL(endpoint).origin)
          throw new AzureError(
            `A list of ${endpoint} goes on at another host: ${new URL(next).origin}.`,
            0,
            'ForeignNextLink',
          );
      }
    },
  };
}

/** Resource Manager of a subscription. */
export function createResourceManager(options: JsonClientOptions & { subscriptionId: string }): ResourceManager {
  return { ...createJsonClient(options), subscriptionId: options.subscriptionId };
}

/** The id of a resource group, or of a resource in it: `resourceId('s', 'g', 'Microsoft.Cdn', 'profiles', 'p')`. */
export function resourceId(subscriptionId: string, resourceGroup: string, ...parts: string[]): string {
  const group = `/subscriptions/${encodeURIComponent(subscriptionId)}/resourceGroups/${encodeURIComponent(resourceGroup)}`;
  return parts.length === 0 ? group : `${group}/providers/${parts.map(encodeURIComponent).join('/')}`;
}

function withQuery(path: string, apiVersion: string, query: Query = {}): string {
  const parameters = new URLSearchParams({ ...query, 'api-version': apiVersion });
  return `${path}?${parameters.toString().replaceAll('+', '%20')}`;
}

/** `PUT privateEndpointConnections/afd.2`: enough for a person, without the long head of the address. */
function requestName(method: Method, url: string): string {
  const path = url.split('?')[0] ?? url;
  return `${method.toUpperCase()} ${path.split('/').filter(Boolean).slice(-2).join('/')}`;
}

/** A RestError without a status is one that got no answer. Other errors (a refused sign-in) speak for themselves. */
function isNetworkError(error: unknown): boolean {
  const { name, statusCode } = error as { name?: string; statusCode?: number };
  return (name === 'RestError' && statusCode === undefined) || name === 'AbortError';
}
