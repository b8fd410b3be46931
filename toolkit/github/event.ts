import { readFileSync } from 'node:fs';

/** What the event that started the run says of a pull request. */
export interface PullRequestEvent {
  number: number;
  /** Commit that was pushed. `GITHUB_SHA` is the merge of it into the base. */
  headSha: string;
}

/** Reads the event of the run; undefined when it is not about a pull request. */
export function pullRequestOf(environment: Readonly<Record<string, string | undefined>>): PullRequestEvent | undefined {
  const path = environment.GITHUB_EVENT_PATH ?? '';
  if (path === '') return undefined;
  const { pull_request: pull } = JSON.parse(readFileSync(path, 'utf8')) as {
    pull_request?: { number: number; head: { sha: string } };
  };
  return pull === undefined ? undefined : { number: pull.number, headSha: pull.head.sha };
}
