import { getOctokit } from '@actions/github';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';

/** One comment that is kept up to date. */
export interface StickyComment {
  token: string;
  apiUrl: string;
  /** `owner/name`. */
  repository: string;
  pullRequest: number;
  /** Tells several comments of ours apart. */
  key: string;
  /** Markdown. */
  body: string;
  log: Log;
}

/** GitHub refuses longer comments. */
const MOST_CHARACTERS = 65_536;

/** The hidden line by which the comment is found again; exact, so that a quoted comment is not taken for it. */
function markOf(key: string): string {
  return `<!-- moodle-high-scale: ${key} -->`;
}

/** The body with its mark, cut at a line when it is too long for a comment. */
export function markedBody(key: string, body: string): string {
  const mark = markOf(key);
  const whole = `${mark}\n${body}`;
  if (whole.length <= MOST_CHARACTERS) return whole;
  const notice = '\n\n… the rest is in the job summary.';
  const cut = whole.slice(0, MOST_CHARACTERS - notice.length);
  return cut.slice(0, cut.lastIndexOf('\n\n')) + notice;
}

/**
 * Makes or edits the comment. A comment that cannot be written must not fail a deployment preview: it becomes a warning,
 * and the job summary has the same text.
 *
 * @returns the comment's address, or undefined when it could not be written
 */
export async function upsertComment(comment: StickyComment): Promise<string | undefined> {
  const [owner = '', repo = ''] = comment.repository.split('/');
  const { rest, paginate } = getOctokit(comment.token, { baseUrl: comment.apiUrl });
  const body = markedBody(comment.key, comment.body);
  try {
    const comments = await paginate(rest.issues.listComments, {
      owner,
      repo,
      issue_number: comment.pullRequest,
      per_page: 100,
    });
    const ours = comments.find(
      ({ body: text, user }) => user?.type === 'Bot' && text?.startsWith(`${markOf(comment.key)}\n`),
    );
    const { data } =
      ours === undefined
        ? await rest.issues.createComment({ owner, repo, issue_number: comment.pullRequest, body })
        : await rest.issues.updateComment({ owner, repo, comment_id: ours.id, body });
    comment.log.info(`${ours === undefined ? 'Wrote' : 'Updated'} ${data.html_url}`);
    return data.html_url;
  } catch (error) {
    const status = (error as { status?: number }).status;
    if (status === 404)
      throw new UserError(`Repository ${comment.repository} has no pull request ${comment.pullRequest}.`);
    const hint = status === 403 ? ' Give the job `permissions: pull-requests: write`.' : '';
    comment.log.warning(
      `The comment could not be written (${(error as Error).message}).${hint} The job summary has the same text.`,
    );
    return undefined;
  }
}
