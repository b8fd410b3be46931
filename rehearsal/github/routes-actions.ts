import { failure, page, type Reply } from './http.ts';
import type { ArtifactRecord, EnvironmentRecord, RunRecord } from './repositories.ts';
import type { Call, Route } from './routes.ts';

const scopes = ['actions'];

/** Runs, artifacts, environments and the review of deployments. */
export const actionRoutes: readonly Route[] = [
  { method: 'GET', path: '/environments/{name}', scopes, access: 'read', handle: getEnvironment },
  { method: 'GET', path: '/actions/runs/{run}', scopes, access: 'read', handle: withRun(getRun) },
  { method: 'GET', path: '/actions/runs/{run}/artifacts', scopes, access: 'read', handle: withRun(runArtifacts) },
  { method: 'GET', path: '/actions/artifacts', scopes, access: 'read', handle: allArtifacts },
  { method: 'GET', path: '/actions/runs/{run}/pending_deployments', scopes, access: 'read', handle: withRun(pending) },
  // No scope lets a job approve: only a reviewer with a token of their own does.
  {
    method: 'POST',
    path: '/actions/runs/{run}/pending_deployments',
    scopes: [],
    access: 'write',
    handle: withRun(review),
  },
];

function withRun(handle: (call: Call, run: RunRecord) => Reply): (call: Call) => Reply {
  return (call) => {
    const run = call.repository.runs.get(Number(call.variables.run));
    return run === undefined ? failure(404, 'Not Found') : handle(call, run);
  };
}

function getEnvironment(call: Call): Reply {
  const environment = call.repository.environments.get((call.variables.name ?? '').toLowerCase());
  if (environment === undefined) return failure(404, 'Not Found');
  const rules = environment.reviewers.length === 0 ? [] : [reviewersRule(environment)];
  return {
    status: 200,
    body: { ...renderEnvironment(call, environment), protection_rules: rules, deployment_branch_policy: null },
  };
}

function renderEnvironment(call: Call, environment: Pick<EnvironmentRecord, 'id' | 'name'>): Record<string, unknown> {
  const path = `/repos/${call.repository.fullName}/environments/${encodeURIComponent(environment.name)}`;
  return {
    id: environment.id,
    node_id: `EN_${environment.id}`,
    name: environment.name,
    url: `${call.store.url}${path}`,
  };
}

function reviewersRule(environment: EnvironmentRecord): unknown {
  return {
    id: environment.id,
    node_id: `GA_${environment.id}`,
    type: 'required_reviewers',
    prevent_self_review: false,
    reviewers: environment.reviewers.map((login) => ({ type: 'User', reviewer: { login } })),
  };
}

function getRun(call: Call, run: RunRecord): Reply {
  const waiting = call.store.reviews.pending(run.id).length > 0;
  return {
    status: 200,
    body: {
      id: run.id,
      name: run.name,
      path: run.path,
      event: run.event,
      status: waiting ? 'waiting' : 'in_progress',
      conclusion: null,
      head_branch: run.headBranch,
      head_sha: run.headSha,
      run_number: run.runNumber,
      run_attempt: run.attempt,
      created_at: run.createdAt,
      actor: { login: run.actor },
      html_url: `https://github.com/${call.repository.fullName}/actions/runs/${run.id}`,
    },
  };
}

function runArtifacts(call: Call, run: RunRecord): Reply {
  return renderArtifacts(
    call,
    (call.repository.artifacts.get(run.id) ?? []).map((artifact) => ({ artifact, run: run.id })),
  );
}

function allArtifacts(call: Call): Reply {
  const all = [...call.repository.artifacts].flatMap(([run, list]) => list.map((artifact) => ({ artifact, run })));
  return renderArtifacts(call, all);
}

function renderArtifacts(call: Call, list: readonly { artifact: ArtifactRecord; run: number }[]): Reply {
  const name = call.request.url.searchParams.get('name');
  const wanted = name === null ? list : list.filter(({ artifact }) => artifact.name === name);
  const { items, headers } = page(call.request, wanted);
  const artifacts = items.map(({ artifact, run }) => ({
    id: artifact.id,
    name: artifact.name,
    size_in_bytes: artifact.size,
    digest: `sha256:${artifact.digest}`,
    expired: false,
    created_at: artifact.createdAt,
    updated_at: artifact.createdAt,
    expires_at: artifact.expiresAt,
    workflow_run: { id: run },
  }));
  return { status: 200, body: { total_count: wanted.length, artifacts }, headers };
}

function pending(call: Call, run: RunRecord): Reply {
  const waiting = call.store.reviews.pending(run.id);
  const environments = new Map(waiting.map((entry) => [entry.environmentId, entry]));
  return {
    status: 200,
    body: [...environments.values()].map((entry) => ({
      environment: renderEnvironment(call, { id: entry.environmentId, name: entry.environment }),
      wait_timer: 0,
      wait_timer_started_at: null,
      current_user_can_approve: call.caller.kind === 'user' && entry.reviewers.includes(call.caller.login),
      reviewers: entry.reviewers.map((login) => ({ type: 'User', reviewer: { login } })),
    })),
  };
}

function review(call: Call, run: RunRecord): Reply {
  const { environment_ids: ids, state, comment } = call.request.body;
  if (!Array.isArray(ids) || (state !== 'approved' && state !== 'rejected') || typeof comment !== 'string')
    return failure(422, 'Invalid request.\n\n"environment_ids", "state" and "comment" are required.');
  const decision = { approved: state === 'approved', reviewer: call.caller.login };
  const answered = call.store.reviews.decide(run.id, ids.map(Number), decision);
  if (answered.length === 0) return failure(422, 'There are no pending deployment requests to approve or reject');
  return { status: 200, body: answered.map((entry) => ({ environment: entry.environment, task: 'deploy' })) };
}
