/** GitHub with one open pull request, and what a job of a run of it is given. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobIdentity } from '../../rehearsal/github/oidc.ts';
import type { Permissions } from '../../rehearsal/github/permissions.ts';
import { type GitHub, startGitHub } from '../../rehearsal/github/server.ts';
import { temporaryDirectory, testCertificates } from '../../rehearsal/runner/testing.ts';

export const REPOSITORY = 'org/app';
export const PULL = 7;

const identity: JobIdentity = {
  repository: REPOSITORY,
  repositoryId: 1,
  repositoryOwnerId: 2,
  immutableSubject: false,
  ref: `refs/pull/${PULL}/merge`,
  sha: 'a'.repeat(40),
  headRef: 'change',
  baseRef: 'main',
  actor: 'alice',
  actorId: 3,
  workflow: 'Plan preview',
  workflowRef: `${REPOSITORY}/.github/workflows/plan-preview.yml@refs/pull/${PULL}/merge`,
  workflowSha: 'a'.repeat(40),
  jobWorkflowRef: `${REPOSITORY}/.github/workflows/plan-preview.yml@refs/pull/${PULL}/merge`,
  jobWorkflowSha: 'a'.repeat(40),
  eventName: 'pull_request',
  runId: 5,
  runNumber: 1,
  runAttempt: 1,
  environment: undefined,
};

const MAY_WRITE: Permissions = { 'pull-requests': 'write' };

export interface Stage {
  github: GitHub;
  /** A token of a job of its own; it may write to the pull request unless told otherwise. */
  token(permissions?: Permissions): string;
  /** Environment of a job of this run. */
  environment(run?: number): Record<string, string>;
  /** Bodies of the comments that are there, oldest first. */
  bodies(): string[];
  /** A comment that somebody else wrote. */
  writes(author: string, body: string): number;
  /** Somebody edits a comment by hand. */
  edits(id: number, body: string): void;
}

/** Opens a stage for one test; tests run side by side, since most of what they do is waiting. */
export function onStage(play: (stage: Stage) => Promise<void>, latency?: () => number): () => Promise<void> {
  return async () => {
    const stage = await openStage(latency);
    try {
      await play(stage);
    } finally {
      await stage.github.close();
    }
  };
}

async function openStage(latency?: () => number): Promise<Stage> {
  const tls = await testCertificates();
  const github = await startGitHub({ tls, ...(latency === undefined ? {} : { latency }) });
  const repository = github.repositories.ensure(REPOSITORY, 1);
  repository.pulls.set(PULL, { number: PULL, body: { number: PULL }, files: [] });
  const directory = temporaryDirectory();
  const ca = join(directory, 'ca.pem');
  const event = join(directory, 'event.json');
  writeFileSync(ca, tls.ca);
  writeFileSync(event, JSON.stringify({ pull_request: { number: PULL, head: { sha: `beef${'0'.repeat(36)}` } } }));
  const now = (): string => new Date().toISOString();
  return {
    github,
    token: (permissions = MAY_WRITE) => github.tokens.issueJob(identity, permissions).token,
    environment: (run = identity.runId) => ({
      NODE_EXTRA_CA_CERTS: ca,
      GITHUB_API_URL: github.url,
      GITHUB_GRAPHQL_URL: `${github.url}/graphql`,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_RUN_ID: String(run),
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_SHA: identity.sha,
      GITHUB_EVENT_PATH: event,
    }),
    bodies: () => github.comments.list(REPOSITORY, PULL).map(({ body }) => body),
    writes: (author, body) => github.comments.add({ repository: REPOSITORY, issue: PULL, author, body }, now()).id,
    edits(id, body) {
      const comment = github.comments.find(REPOSITORY, id);
      if (comment === undefined) throw new Error(`no comment ${id}`);
      github.comments.update(comment, body, now());
    },
  };
}
