import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { upsertComment } from '#toolkit/github/sticky-comment';
import type { contract } from './contract.ts';

/** Writes the comment; the body is also the job summary, so that it is seen where commenting is not allowed. */
export async function comment(context: ActionContext<typeof contract>): Promise<ActionResult<typeof contract>> {
  const { inputs, environment, log } = context;
  const body = inputs.body;
  const url = await upsertComment({
    token: inputs.githubToken,
    apiUrl: environment.GITHUB_API_URL ?? 'https://api.github.com',
    repository: environment.GITHUB_REPOSITORY ?? '',
    pullRequest: inputs.pullRequest,
    key: inputs.key,
    body,
    log,
  });
  return { outputs: { commentUrl: url ?? '' }, summary: body };
}
