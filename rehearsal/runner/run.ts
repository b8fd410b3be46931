import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitHub, startGitHub } from '../github/server.ts';
import { ConcurrencyGroups } from './concurrency.ts';
import { githubContext } from './contexts.ts';
import type { Emit } from './events.ts';
import { dispatchInputs } from './inputs.ts';
import type { Outcome } from './instance.ts';
import { loadWorkflow } from './load.ts';
import type { Workflow } from './model.ts';
import type { RunOptions } from './options.ts';
import { defaultPermissions } from './permissions.ts';
import { WorkflowRefused } from './problems.ts';
import { ProcessGroups } from './process-groups.ts';
import { registerRun } from './register.ts';
import type { RunResult } from './result.ts';
import type { RunState } from './run-state.ts';
import { runInstance } from './scheduler.ts';
import { checkFailStep, selectJobs } from './selection.ts';
import { type Snapshot, Sources } from './sources.ts';
import { ArtifactStore } from './substitutes/artifact-store.ts';
import { resolveText } from './tokens.ts';
import { describeTrigger, triggerRef } from './trigger.ts';
import { validate } from './validate.ts';
import type { Values } from './values.ts';

export type { Conclusion, RunEvent } from './events.ts';
export type { Checkout, Environment, Gate, ReviewRequest, RunOptions, Trigger } from './options.ts';
export { WorkflowRefused } from './problems.ts';
export type { JobResult, RunResult, StepResult } from './result.ts';

/**
 * Runs a workflow on this machine as GitHub would.
 *
 * @throws WorkflowRefused before anything runs, when the workflow is not valid, GitHub would not start it, or it uses
 * something that is not simulated. A run that fails is no exception: see the result.
 */
export async function runWorkflow(options: RunOptions): Promise<RunResult> {
  const begin = Date.now();
  const prepared = await prepare(options);
  const github = options.github ?? (await startGitHub({ tls: options.tls }));
  const processes = new ProcessGroups();
  const force = options.force ?? new AbortController().signal;
  const stop = (): void => processes.killAll();
  force.addEventListener('abort', stop);
  try {
    const run = await makeRun(options, prepared, github, processes, force);
    const { workflow, inputs } = prepared;
    const shown = { github: githubContext(run), inputs, vars: options.vars ?? {} };
    const name = workflow.runName === undefined ? workflow.name : resolveText(workflow.runName, { contexts: shown });
    run.emit({ type: 'run-started', name, runId: run.runId });
    const notSimulatedBefore = github.notSimulated.length;
    const outcome = await runInstance(run, {
      workflow,
      inputs,
      secrets: run.trigger.fromFork ? {} : (options.secrets ?? {}),
      inheritsSecrets: true,
      granted: options.defaultPermissions ?? defaultPermissions,
      ids: [],
      names: [],
      needs: [],
      keeps: options.rerun !== undefined,
      held: [],
      signal: AbortSignal.any([options.signal ?? new AbortController().signal, force]),
    }).catch((error: unknown): Outcome => {
      run.reasons.push(error instanceof Error ? error.message : String(error));
      return { result: 'failure', outputs: {} };
    });
    const result = summarize(run, outcome, github.notSimulated.slice(notSimulatedBefore), begin);
    run.emit({ type: 'run-finished', result: result.result, seconds: result.seconds });
    return result;
  } finally {
    force.removeEventListener('abort', stop);
    processes.close();
    if (options.github === undefined) await github.close();
  }
}

interface Prepared {
  readonly sources: Sources;
  readonly source: Snapshot;
  readonly workflow: Workflow;
  readonly inputs: Values;
  readonly selected: ReadonlySet<string> | undefined;
}

/** Everything that can be refused is refused here. */
async function prepare(options: RunOptions): Promise<Prepared> {
  const { repository, path } = options.workflow;
  const file = `${repository}/${path}`;
  await mkdir(options.directory, { recursive: true });
  const sources = new Sources(options.repositories, join(options.directory, 'repositories'));
  const source = await refusing(file, async () => ({
    ...(await sources.snapshot(repository)),
    ref: triggerRef(options.event),
  }));
  const workflow = await loadWorkflow(sources, source, path);
  const isDispatch = options.event.name === 'workflow_dispatch' && workflow.events.has('workflow_dispatch');
  const inputs = await refusing(file, async () =>
    isDispatch ? dispatchInputs(workflow.dispatchInputs, options.inputs ?? {}) : {},
  );
  const trigger = describeTrigger(options, source);
  const { actor, ref, headRef, baseRef, payload } = trigger;
  const github = {
    actor,
    ref,
    head_ref: headRef,
    base_ref: baseRef,
    event: payload,
    event_name: options.event.name,
    repository,
  };
  const known = { inputs: new Map(Object.entries(inputs)), vars: options.vars ?? {}, github };
  validate(workflow, options, known, options.defaultPermissions ?? defaultPermissions);
  const selected = await refusing(file, async () => {
    checkFailStep(workflow, options.failStep);
    return selectJobs(workflow, options.only);
  });
  return { sources, source, workflow, inputs, selected };
}

async function refusing<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new WorkflowRefused([{ file, line: 1, message: error instanceof Error ? error.message : String(error) }]);
  }
}

async function makeRun(
  options: RunOptions,
  prepared: Prepared,
  github: GitHub,
  processes: ProcessGroups,
  force: AbortSignal,
): Promise<RunState> {
  const { sources, workflow, selected } = prepared;
  const caFile = join(options.directory, 'ca.pem');
  await writeFile(caFile, options.tls.ca);
  const emit: Emit = (event) => options.onEvent?.({ ...event, at: Date.now() });
  const runId = options.rerun?.runId ?? options.runId ?? Date.now();
  const run: RunState = {
    options: { ...options, baseEnvironment: { NODE_EXTRA_CA_CERTS: caFile, ...options.baseEnvironment } },
    workflow,
    trigger: describeTrigger(options, workflow.source),
    runId,
    attempt: options.rerun === undefined ? (options.attempt ?? 1) : options.rerun.attempt + 1,
    github,
    sources,
    groups: options.concurrency ?? new ConcurrencyGroups(),
    processes,
    artifacts: new ArtifactStore(join(options.directory, 'artifacts', String(runId))),
    emit,
    force,
    selected,
    jobs: [],
    reviews: [],
    questions: { last: Promise.resolve() },
    reasons: [],
  };
  registerRun(run);
  return run;
}

function summarize(run: RunState, outcome: Outcome, notSimulated: readonly string[], begin: number): RunResult {
  const rejected = run.reviews.some((review) => !review.approved);
  const cancelled = run.options.signal?.aborted || run.force.aborted || outcome.result === 'cancelled';
  const failed = outcome.result === 'failure' || notSimulated.length > 0;
  const reasons = [...run.reasons, ...notSimulated.map((call) => `the GitHub API call '${call}' is not simulated`)];
  const { repository } = run.workflow.source;
  return {
    result: rejected ? 'rejected' : cancelled ? 'cancelled' : failed ? 'failed' : 'succeeded',
    reasons: cancelled && reasons.length === 0 ? ['the run was cancelled'] : reasons,
    runId: run.runId,
    attempt: run.attempt,
    seconds: (Date.now() - begin) / 1000,
    jobs: run.jobs,
    comments: run.github.comments.list(repository).map(({ issue, body, author }) => ({ issue, body, author })),
    notSimulated,
  };
}
