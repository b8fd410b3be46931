import type { JobIdentity } from '../github/oidc.ts';
import type { Workflow } from './model.ts';
import type { RunState } from './run-state.ts';
import { idOf } from './trigger.ts';
import type { Value, Values } from './values.ts';

/** The `github` context as far as it is the same for every job: all of it is the caller's. */
export function githubContext(run: RunState): Values {
  const { trigger, workflow, options } = run;
  const { repository, sha } = workflow.source;
  const [owner = '', name = ''] = repository.split('/');
  return {
    actor: trigger.actor,
    actor_id: String(idOf(trigger.actor)),
    api_url: run.github.url,
    base_ref: trigger.baseRef,
    event: trigger.payload,
    event_name: options.event.name,
    graphql_url: `${run.github.url}/graphql`,
    head_ref: trigger.headRef,
    ref: trigger.ref,
    ref_name: trigger.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_protected: false,
    ref_type: trigger.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository,
    repository_id: String(idOf(repository)),
    repository_owner: owner,
    repository_owner_id: String(idOf(owner)),
    repositoryUrl: `git://github.com/${owner}/${name}.git`,
    retention_days: '90',
    run_attempt: String(run.attempt),
    run_id: String(run.runId),
    run_number: '1',
    secret_source: 'Actions',
    server_url: 'https://github.com',
    sha,
    triggering_actor: trigger.actor,
    workflow: workflow.name,
    workflow_ref: `${repository}/${workflow.path}@${trigger.ref}`,
    workflow_sha: sha,
  };
}

/** `owner/name/path@ref` of a workflow file; the run's own file has the ref of the event. */
export function workflowRef(run: RunState, workflow: Workflow): string {
  const sameSource = workflow.source === run.workflow.source;
  return `${workflow.source.repository}/${workflow.path}@${sameSource ? run.trigger.ref : workflow.source.ref}`;
}

/** The `job` context: the file that the job is written in, which is not the caller's when the workflow was called. */
export function jobContext(run: RunState, workflow: Workflow, status: string): Values {
  return {
    status,
    check_run_id: String(run.runId),
    workflow_ref: workflowRef(run, workflow),
    workflow_sha: workflow.source.sha,
    workflow_repository: workflow.source.repository,
    workflow_file_path: workflow.path,
  };
}

/** What the job's ID tokens say. */
export function jobIdentity(run: RunState, workflow: Workflow, environment: string | undefined): JobIdentity {
  const { repository, sha } = run.workflow.source;
  const { trigger } = run;
  return {
    repository,
    repositoryId: idOf(repository),
    repositoryOwnerId: idOf(repository.split('/')[0] ?? ''),
    immutableSubject: run.options.repositories.get(repository)?.immutableSubject ?? false,
    ref: trigger.ref,
    sha,
    headRef: trigger.headRef,
    baseRef: trigger.baseRef,
    actor: trigger.actor,
    actorId: idOf(trigger.actor),
    workflow: run.workflow.name,
    workflowRef: workflowRef(run, run.workflow),
    workflowSha: sha,
    jobWorkflowRef: workflowRef(run, workflow),
    jobWorkflowSha: workflow.source.sha,
    eventName: run.options.event.name,
    runId: run.runId,
    runNumber: 1,
    runAttempt: run.attempt,
    environment,
  };
}

/** Variables under upper-case names, later sets winning; GitHub ignores the case of their names. */
export function mergeNames(...sets: readonly (Readonly<Record<string, string>> | undefined)[]): Record<string, string> {
  const merged = new Map<string, [string, string]>();
  for (const set of sets) {
    for (const [name, value] of Object.entries(set ?? {})) merged.set(name.toUpperCase(), [name, value]);
  }
  return Object.fromEntries(merged.values());
}

/** The `needs` context. */
export function needsContext(
  results: ReadonlyMap<string, { result: string; outputs: Readonly<Record<string, Value>> }>,
): Values {
  return Object.fromEntries([...results].map(([id, { result, outputs }]) => [id, { result, outputs }]));
}
