/** The plan, or what became of it, as a section of the comment on the pull request. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { escapeMarkdown } from '#toolkit/action/markdown';
import type { ActionResult } from '#toolkit/action/run';
import { Cancelled, errorMessage, UserError } from '#toolkit/errors';
import { commentOfRun } from '#toolkit/github/comment-of-run';
import { DETAILS_MARK } from '#toolkit/github/comment-text';
import { pullRequestOf } from '#toolkit/github/event';
import { postComment } from '#toolkit/github/post-comment';
import type { contract } from './contract.ts';
import type { ProvisionContext } from './prepare.ts';
import { PlanChanged } from './review.ts';

/** The comment that the preview of a whole pipeline is in, too. */
const NAME = 'preview';

interface Target {
  token: string;
  pullRequest: number;
  /** Key of the section. */
  key: string;
}

type Provision = (context: ProvisionContext) => Promise<ActionResult<typeof contract>>;

/** Runs the phase, and writes into the comment how it ended. No comment is a warning, never a failure. */
export function commented(provision: Provision): Provision {
  return async (context) => {
    const target = targetOf(context);
    if (target === undefined) return provision(context);
    try {
      const result = await provision(context);
      const path = result.outputs?.planMarkdownPath ?? '';
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      return { ...result, outputs: { ...result.outputs, commentUrl: await post(context, target, foldable(text)) } };
    } catch (error) {
      // A job that was cancelled has seconds left.
      if (!(error instanceof Cancelled)) await post(context, target, failureText(context, target.key, error));
      throw error;
    }
  };
}

/** @throws UserError when a comment is wanted on a pull request and there is no token for it */
function targetOf({ inputs, environment, log }: ProvisionContext): Target | undefined {
  if (inputs.comment === 'never') return undefined;
  const pullRequest = inputs.pullRequest ?? pullRequestOf(environment)?.number;
  if (pullRequest === undefined) {
    log.info('No comment: this run is not of a pull request, and "pull-request" names none.');
    return undefined;
  }
  if (inputs.githubToken === undefined)
    throw new UserError('Input "github-token" is needed to comment; give `github.token`, or set "comment" to never.');
  const root = basename(resolve(inputs.workingDirectory));
  const key = `${inputs.environment}/${root}`
    .replace(/[^\w./]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
  return { token: inputs.githubToken, pullRequest, key };
}

async function post(context: ProvisionContext, { token, pullRequest, key }: Target, text: string): Promise<string> {
  try {
    const texts = { [key]: context.secrets.redact(text) };
    return (await postComment(commentOfRun(context, { token, pullRequest, name: NAME, texts }))) ?? '';
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    context.log.warning(errorMessage(error));
    return '';
  }
}

/** Headline, counts and warnings stay when a comment is full; what follows may go. Neither of the three holds such a line. */
function foldable(markdown: string): string {
  return markdown.replace(/\n\n(?=#### |<details>)/, `\n${DETAILS_MARK}\n`);
}

function failureText({ inputs }: ProvisionContext, key: string, error: unknown): string {
  return [
    `### ${escapeMarkdown(key)}: the ${inputs.mode} failed`,
    `> [!CAUTION]\n> ${escapeMarkdown(errorMessage(error))}`,
    ...(error instanceof PlanChanged ? [error.markdown] : []),
  ].join('\n\n');
}
