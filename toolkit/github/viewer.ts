import type { Log } from '../log.ts';
import type { GitHubApi } from './api.ts';
import { GitHubError } from './github-error.ts';

/** Who a workflow's own token is, where GitHub does not say. */
const WORKFLOW_LOGIN = 'github-actions[bot]';

/**
 * Login of the token's identity, as REST shows it for the author of a comment. `GET /user` is closed to the tokens of
 * workflows and apps; GraphQL's `viewer` is open to all.
 */
export async function viewerLogin(api: GitHubApi, log: Log): Promise<string> {
  try {
    const { viewer } = await api.query<{ viewer: { login: string } }>('query { viewer { login } }');
    return viewer.login;
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    log.debug(`GitHub did not say who the token is (${error.message}); taken for ${WORKFLOW_LOGIN}`);
    return WORKFLOW_LOGIN;
  }
}
