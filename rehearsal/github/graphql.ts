import { failure, type Reply, type Request } from './http.ts';
import type { Tokens } from './tokens.ts';

/** The one query that an action asks: whose token it is. `GET /user` does not tell a job. */
const VIEWER = 'query { viewer { login } }';

/** Answers a GraphQL request; undefined when the query is not known. */
export function answerQuery(tokens: Tokens, request: Request): Reply | undefined {
  const { query } = request.body;
  if (typeof query !== 'string' || query.replace(/\s+/g, ' ').trim() !== VIEWER) return undefined;
  const caller = tokens.caller(request.authorization);
  if (caller === undefined) return failure(401, 'Bad credentials');
  return { status: 200, body: { data: { viewer: { login: caller.login } } } };
}
