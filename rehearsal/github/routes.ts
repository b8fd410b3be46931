import type { Comments } from './comments.ts';
import { failure, type Reply, type Request } from './http.ts';
import { type Access, allows } from './permissions.ts';
import type { Repositories, RepositoryRecord } from './repositories.ts';
import type { Reviews } from './reviews.ts';
import { actionRoutes } from './routes-actions.ts';
import { issueRoutes } from './routes-issues.ts';
import type { Caller, Tokens } from './tokens.ts';

/** What the handlers work on. */
export interface Store {
  readonly comments: Comments;
  readonly reviews: Reviews;
  readonly repositories: Repositories;
  readonly tokens: Tokens;
  /** The API's own address. */
  readonly url: string;
  readonly now: () => string;
}

/** A call that is known. `scopes`: one of them at `access` lets a job in. */
export interface Route {
  readonly method: string;
  /** Path below `/repos/{owner}/{name}`, its variables in braces. */
  readonly path: string;
  readonly scopes: readonly string[];
  readonly access: Access;
  readonly handle: (call: Call) => Reply;
}

/** A call that was let in. */
export interface Call {
  readonly store: Store;
  readonly request: Request;
  readonly repository: RepositoryRecord;
  readonly caller: Caller;
  /** The variables of the path, decoded. */
  readonly variables: Readonly<Record<string, string>>;
}

const routes: readonly Route[] = [...issueRoutes, ...actionRoutes];

/**
 * Answers a REST call. Undefined means that the stand-in does not know the call.
 *
 * A job sees only its own repository; what its token may not do is GitHub's 403 "Resource not accessible by
 * integration".
 */
export function answer(store: Store, request: Request): Reply | undefined {
  const match = /^\/repos\/([^/]+\/[^/]+)(\/.*)$/.exec(request.url.pathname);
  const [, fullName = '', rest = ''] = match ?? [];
  const found = routes
    .filter((route) => route.method === request.method)
    .map((route) => ({ route, variables: matchPath(route.path, rest) }))
    .find((candidate) => candidate.variables !== undefined);
  if (found?.variables === undefined) return undefined;
  const caller = store.tokens.caller(request.authorization);
  if (caller === undefined)
    return request.authorization === '' ? failure(401, 'Requires authentication') : failure(401, 'Bad credentials');
  const repository = store.repositories.find(fullName);
  if (repository === undefined || (caller.kind === 'job' && caller.repository !== repository.fullName))
    return failure(404, 'Not Found');
  const { route, variables } = found;
  if (caller.kind === 'job' && !route.scopes.some((scope) => allows(caller.permissions, scope, route.access)))
    return failure(403, 'Resource not accessible by integration');
  return route.handle({ store, request, repository, caller, variables });
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/');
  const actual = path.split('/');
  if (expected.length !== actual.length) return undefined;
  const variables: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const given = actual[index] ?? '';
    if (part.startsWith('{')) variables[part.slice(1, -1)] = decodeURIComponent(given);
    else if (part !== given) return undefined;
  }
  return variables;
}
