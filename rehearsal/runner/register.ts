import { githubContext } from './contexts.ts';
import type { RunState } from './run-state.ts';
import { idOf, pullRequest } from './trigger.ts';

/** Tells the GitHub stand-in about the run, so that the API shows it. */
export function registerRun(run: RunState): void {
  const { options, workflow, trigger, github } = run;
  const { repository, sha } = workflow.source;
  const record = github.repositories.ensure(repository, idOf(repository));
  for (const [name, { reviewers = [] }] of Object.entries(options.environments)) {
    record.environments.set(name.toLowerCase(), { id: idOf(name), name, reviewers });
  }
  const { event } = options;
  if (event.name === 'pull_request') {
    const body = pullRequest(event, workflow.source, event.head.repository ?? repository, trigger.actor);
    record.pulls.set(event.number, { number: event.number, body, files: event.files ?? [] });
  }
  const context = githubContext(run);
  record.runs.set(run.runId, {
    id: run.runId,
    name: workflow.name,
    path: workflow.path,
    event: event.name,
    headBranch: trigger.headRef || String(context.ref_name),
    headSha: sha,
    runNumber: 1,
    attempt: run.attempt,
    actor: trigger.actor,
    createdAt: new Date().toISOString(),
  });
}
