import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';

/** Where to look, and what must be there. */
export interface GateQuery {
  token: string;
  apiUrl: string;
  /** `owner/name` of the repository whose environments count: the caller's. */
  repository: string;
  environment: string;
  reviewersRequired: boolean;
  log: Log;
}

/**
 * Checks that the GitHub environment exists and has required reviewers when it must. GitHub makes an environment that a
 * job names and that does not exist, without any protection.
 */
export async function checkGate(query: GateQuery): Promise<void> {
  const { environment, repository } = query;
  const [owner = '', repo = ''] = repository.split('/');
  // Evaluated when it is needed, since the other half of the runs ask nothing.
  const { getOctokit } = await import(/* webpackMode: "eager" */ '@actions/github');
  // Node's own fetch: the package's is undici's, which the bundles leave out.
  const octokit = getOctokit(query.token, { baseUrl: query.apiUrl, request: { fetch } });
  const where = `https://github.com/${repository}/settings/environments`;
  let rules: readonly { type: string }[];
  try {
    const { data } = await octokit.rest.repos.getEnvironment({ owner, repo, environment_name: environment });
    rules = (data.protection_rules ?? []) as readonly { type: string }[];
  } catch (error) {
    const status = (error as { status?: number }).status;
    if (status === 404) {
      throw new UserError(
        `Repository ${repository} has no environment "${environment}"; make it in ${where} before the first deployment.`,
      );
    }
    if (status === 403) {
      throw new UserError(
        `The token may not read the environments of ${repository}; give the calling job \`permissions: actions: read\`.`,
      );
    }
    throw new Error(`The gate "${environment}" of ${repository} could not be read.`, { cause: error });
  }
  const reviewed = rules.some((rule) => rule.type === 'required_reviewers');
  if (query.reviewersRequired && !reviewed) {
    throw new UserError(
      `Environment "${environment}" of ${repository} has no required reviewers, but its file says "approval: required"; add reviewers in ${where}, or set "approval: none".`,
    );
  }
  query.log.info(`Gate: environment ${environment} ${reviewed ? 'has required reviewers' : 'needs no approval'}`);
}
