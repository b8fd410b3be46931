/**
 * GitHub's API as far as actions need it: JSON in, JSON out. Over the client that @actions/core brings along, which knows
 * proxies; the whole of Octokit would make a bundle half as big again.
 */
import { HttpClient } from '@actions/http-client';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { retry } from '../process/retry.ts';
import { wholeBody } from '../process/whole-body.ts';
import { errorOfNetwork, errorOfRefusal, failureOf, GitHubError } from './github-error.ts';

/** Calls with one token. Paths start with a slash. Every call throws `GitHubError`. */
export interface GitHubApi {
  /** Reads; transient faults are retried. */
  get<T>(path: string): Promise<T>;
  /** Reads all pages of a list; transient faults are retried. */
  list<T>(path: string): Promise<T[]>;
  /** Changes, once: whether a change without an answer was done is for the caller to look. */
  send<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
  /** Asks GraphQL; transient faults are retried. */
  query<T>(query: string): Promise<T>;
}

/** What it needs from outside. */
export interface GitHubApiOptions {
  token: string;
  /** GITHUB_API_URL. */
  apiUrl: string;
  /** GITHUB_GRAPHQL_URL. */
  graphqlUrl: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

const SOCKET_TIMEOUT_MILLISECONDS = 30_000;
const PER_PAGE = 100;

interface Answer {
  data: unknown;
  /** Whether there is another page. */
  more: boolean;
}

/** The options that the environment of a job gives; GitHub Enterprise Server has its own addresses in it. */
export function apiAddresses(
  environment: Readonly<Record<string, string | undefined>>,
): Pick<GitHubApiOptions, 'apiUrl' | 'graphqlUrl'> {
  return {
    apiUrl: environment.GITHUB_API_URL ?? 'https://api.github.com',
    graphqlUrl: environment.GITHUB_GRAPHQL_URL ?? 'https://api.github.com/graphql',
  };
}

/** Makes the client. */
export function createGitHubApi(options: GitHubApiOptions): GitHubApi {
  const { clock, log, signal } = options;
  const client = new HttpClient('moodle-high-scale', [], {
    socketTimeout: SOCKET_TIMEOUT_MILLISECONDS,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${options.token}`,
      'x-github-api-version': '2022-11-28',
    },
  });
  const call = async (method: string, url: string, body?: unknown): Promise<Answer> => {
    signal.throwIfAborted();
    const text = body === undefined ? null : JSON.stringify(body);
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await client.request(method, url, text, headers).catch((error: unknown) => {
      throw errorOfNetwork(error);
    });
    const read = await wholeBody(answer.message).catch((error: unknown) => {
      throw errorOfNetwork(error);
    });
    const { statusCode: status = 0, headers: given } = answer.message;
    if (status < 200 || status > 299) throw errorOfRefusal({ status, headers: given, body: read }, clock.now());
    const more = /;\s*rel="next"/.test(String(given.link ?? ''));
    return { data: read === '' ? undefined : parse(read, status), more };
  };
  const again = (what: string, send: () => Promise<Answer>): Promise<Answer> =>
    retry(send, { what, clock, log, signal, failureOf });
  const get = (path: string): Promise<Answer> => again(`GET ${path}`, () => call('GET', `${options.apiUrl}${path}`));

  return {
    get: async <T>(path: string) => (await get(path)).data as T,
    async list<T>(path: string) {
      const items: T[] = [];
      for (let page = 1; ; page += 1) {
        const { data, more } = await get(`${path}?per_page=${PER_PAGE}&page=${page}`);
        items.push(...(data as T[]));
        if (!more) return items;
      }
    },
    send: async <T>(method: string, path: string, body?: unknown) =>
      (await call(method, `${options.apiUrl}${path}`, body)).data as T,
    async query<T>(query: string) {
      const { data } = await again('query', () => call('POST', options.graphqlUrl, { query }));
      // GraphQL answers 200 with errors beside the data.
      const { data: result, errors = [] } = data as { data?: T; errors?: { message: string }[] };
      if (result === undefined || errors.length > 0)
        throw new GitHubError(errors.map(({ message }) => message).join(' ') || 'GitHub gave no data', { status: 200 });
      return result;
    },
  };
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's own page, mostly.
    throw new GitHubError(`GitHub answered ${status} with something that is not JSON`, { status: 502 });
  }
}
