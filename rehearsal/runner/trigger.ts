import { createHash } from 'node:crypto';
import type { RunOptions, Trigger } from './options.ts';
import type { Snapshot } from './sources.ts';
import type { Values } from './values.ts';

/** What the event says about the run, as contexts and webhook payload show it. */
export interface TriggerFacts {
  readonly ref: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly actor: string;
  /** A pull request from another repository: read-only token, no secrets, no ID token. */
  readonly fromFork: boolean;
  readonly payload: Values;
}

/** The ref of the commit that an event runs on. */
export function triggerRef(event: Trigger): string {
  if (event.name === 'pull_request') return `refs/pull/${event.number}/merge`;
  return event.ref ?? 'refs/heads/main';
}

/** A stable number for a name, in place of the ids that GitHub gives to owners, repositories and users. */
export function idOf(name: string): number {
  return createHash('sha256').update(name.toLowerCase()).digest().readUIntBE(0, 4);
}

/** Builds the payload of the event with the fields that workflows and actions read. */
export function describeTrigger(options: RunOptions, source: Snapshot): TriggerFacts {
  const { event } = options;
  const { repository } = source;
  const [owner = '', name = ''] = repository.split('/');
  const actor = event.actor ?? owner;
  const common = {
    repository: {
      id: idOf(repository),
      name,
      full_name: repository,
      private: true,
      default_branch: 'main',
      html_url: `https://github.com/${repository}`,
      owner: { login: owner, id: idOf(owner), type: 'Organization' },
    },
    sender: { login: actor, id: idOf(actor), type: 'User' },
  };
  const ref = triggerRef(event);
  if (event.name === 'workflow_dispatch') {
    const inputs = Object.fromEntries(Object.entries(options.inputs ?? {}).map(([key, value]) => [key, String(value)]));
    const payload = { ...common, ref, workflow: options.workflow.path, inputs };
    return { ref, headRef: '', baseRef: '', actor, fromFork: false, payload };
  }
  const headRepository = event.head.repository ?? repository;
  const payload = {
    ...common,
    action: event.action ?? 'opened',
    number: event.number,
    pull_request: pullRequest(event, source, headRepository, actor),
  };
  const fromFork = headRepository.toLowerCase() !== repository.toLowerCase();
  return { ref, headRef: event.head.ref, baseRef: event.base, actor, fromFork, payload };
}

/** A pull request as the webhook and `GET /pulls/{number}` show it. */
export function pullRequest(
  event: Extract<Trigger, { name: 'pull_request' }>,
  source: Snapshot,
  headRepository: string,
  actor: string,
): Values {
  const { repository, sha } = source;
  return {
    id: idOf(`${repository}#${event.number}`),
    number: event.number,
    state: 'open',
    draft: false,
    title: event.title ?? `Change ${event.number}`,
    body: null,
    html_url: `https://github.com/${repository}/pull/${event.number}`,
    user: { login: actor, id: idOf(actor), type: 'User' },
    head: { ref: event.head.ref, sha, repo: { full_name: headRepository, fork: headRepository !== repository } },
    base: { ref: event.base, sha, repo: { full_name: repository, fork: false } },
    changed_files: event.files?.length ?? 0,
  };
}
