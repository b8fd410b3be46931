import { Cancelled, errorMessage, UserError } from '../errors.ts';
import { type CommentWrite, writeSections } from './comment-writer.ts';
import { GitHubError } from './github-error.ts';

/**
 * Writes sections into the comment of a pull request. A comment that cannot be written must not fail what it reports on:
 * that becomes a warning, and the job summary has the same text.
 *
 * @returns the comment's address; undefined when it could not be written
 * @throws UserError when there is no such pull request
 */
export async function postComment(write: CommentWrite): Promise<string | undefined> {
  const { repository, pullRequest, log } = write;
  try {
    const url = await writeSections(write);
    log.info(`The comment is ${url}`);
    return url;
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    if (error instanceof GitHubError && error.status === 404)
      throw new UserError(
        `Repository ${repository} has no pull request ${pullRequest}, or the token may not see it; check "pull-request".`,
      );
    const hint =
      error instanceof GitHubError && /not accessible/i.test(error.message)
        ? ' Give the job `permissions: pull-requests: write`.'
        : '';
    const why = errorMessage(error).replace(/\.$/, '');
    log.warning(`The comment could not be written: ${why}.${hint} The job summary has the same text.`);
    return undefined;
  }
}
