/** From what a job is given to what it writes into a comment. */
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { apiAddresses, createGitHubApi } from './api.ts';
import type { Section } from './comment-sections.ts';
import type { CommentWrite } from './comment-writer.ts';
import { pullRequestOf } from './event.ts';

/** The part of an action's context that it needs. */
export interface RunContext {
  environment: Readonly<Record<string, string | undefined>>;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
}

/** What is written where. */
export interface CommentContents {
  token: string;
  pullRequest: number;
  name: string;
  /** Markdown by key. */
  texts: Readonly<Record<string, string>>;
}

/** The write of this run: its sections carry the run's number and the commit that was pushed. */
export function commentOfRun(context: RunContext, contents: CommentContents): CommentWrite {
  const { environment, log, clock, signal } = context;
  const { token, pullRequest, name, texts } = contents;
  const revision = {
    run: Number(environment.GITHUB_RUN_ID ?? 0),
    attempt: Number(environment.GITHUB_RUN_ATTEMPT ?? 1),
    time: clock.now(),
  };
  const commit = (pullRequestOf(environment)?.headSha ?? environment.GITHUB_SHA ?? 'unknown').slice(0, 7);
  const sections = Object.entries(texts).map(([key, text]): [string, Section] => [
    key,
    { key, revision, commit, text, isShort: false },
  ]);
  return {
    api: createGitHubApi({ token, ...apiAddresses(environment), clock, log, signal }),
    log,
    clock,
    signal,
    serverUrl: environment.GITHUB_SERVER_URL ?? 'https://github.com',
    repository: environment.GITHUB_REPOSITORY ?? '',
    pullRequest,
    name,
    sections: new Map(sections),
  };
}
