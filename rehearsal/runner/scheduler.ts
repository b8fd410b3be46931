import { calledInputs, calledSecrets } from './call.ts';
import { githubContext, needsContext } from './contexts.ts';
import { evaluate, type Scope } from './expressions.ts';
import { inGroup } from './grouping.ts';
import { ancestorsOf, combine, type Instance, type Leg, needsOf, type Outcome } from './instance.ts';
import { failWithoutSteps, runLeaf, skipJob } from './leaf.ts';
import { expandStrategy, legName, type Strategy } from './matrix.ts';
import type { Job, Workflow } from './model.ts';
import { follow, type RunState } from './run-state.ts';
import { literal, resolve, resolveText } from './tokens.ts';
import { effectivePermissions } from './validate.ts';
import { isTruthy, type Values } from './values.ts';

const neverRan: Outcome = { result: 'skipped', outputs: {} };

/** Runs the jobs of a workflow as their `needs` allow. */
export async function runInstance(run: RunState, instance: Instance): Promise<Outcome> {
  const { workflow } = instance;
  const contexts = { github: githubContext(run), inputs: instance.inputs, vars: run.options.vars ?? {} };
  const name = instance.names.join(' / ') || workflow.name;
  const place = { name, held: instance.held, signal: instance.signal };
  return inGroup(run, workflow.concurrency, { contexts }, place, async (signal, held) => {
    const inside = { ...instance, signal, held };
    const started = new Map<string, Promise<Outcome>>();
    const start = (id: string): Promise<Outcome> => {
      const known = started.get(id);
      if (known !== undefined) return known;
      const job = workflow.jobs.get(id);
      const outcome = job === undefined ? Promise.resolve(neverRan) : runJob(run, inside, job, contexts, start);
      started.set(id, outcome);
      return outcome;
    };
    const entries = await Promise.all([...workflow.jobs.keys()].map(async (id) => [id, await start(id)] as const));
    return {
      result: combine(entries.map(([, outcome]) => outcome.result)),
      ran: entries.some(([, outcome]) => outcome.ran),
      outputs: instance.ids.length === 0 ? {} : callOutputs(workflow, contexts, entries),
    };
  });
}

function callOutputs(
  workflow: Workflow,
  contexts: Values,
  entries: readonly (readonly [string, Outcome])[],
): Record<string, string> {
  const jobs = needsContext(new Map(entries));
  return Object.fromEntries(
    [...workflow.callOutputs].map(([name, token]) => [name, resolveText(token, { contexts: { ...contexts, jobs } })]),
  );
}

async function runJob(
  run: RunState,
  instance: Instance,
  job: Job,
  contexts: Values,
  start: (id: string) => Promise<Outcome>,
): Promise<Outcome> {
  const needs = new Map(await Promise.all(job.needs.map(async (id) => [id, await start(id)] as const)));
  // An implicit or explicit success() looks at every ancestor, so a skipped grandparent counts.
  const ancestors = await Promise.all(ancestorsOf(instance.workflow, job).map(start));
  const ids = [...instance.ids, job.id];
  const plain = [...instance.names, literal(job.name) ?? job.id];
  if (run.selected !== undefined && !run.selected.has(ids.join('/'))) return skipJob(run, instance, job, plain);
  const scope: Scope = {
    contexts: { ...contexts, needs: needsContext(needs) },
    status: {
      success: () => !instance.signal.aborted && ancestors.every((outcome) => outcome.result === 'success'),
      failure: () => ancestors.some((outcome) => outcome.result === 'failure'),
      cancelled: () => instance.signal.aborted,
    },
  };
  let strategy: Strategy;
  try {
    if (run.force.aborted || !isTruthy(evaluate(job.condition, scope))) return skipJob(run, instance, job, plain);
    strategy = expandStrategy(job.strategy, scope);
  } catch (error) {
    return failWithoutSteps(run, instance, job, plain, error);
  }
  const keeps = instance.keeps && !ancestors.some((outcome) => outcome.ran);
  return runLegs(run, { ...instance, keeps }, job, scope, strategy);
}

async function runLegs(
  run: RunState,
  instance: Instance,
  job: Job,
  scope: Scope,
  strategy: Strategy,
): Promise<Outcome> {
  const { legs, failFast, maxParallel } = strategy;
  const controllers = legs.map(() => follow(instance.signal));
  const outcomes: Outcome[] = [];
  const waiting = [...legs.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, matrix] = next;
      const controller = controllers[index] ?? follow(instance.signal);
      const contexts = {
        ...scope.contexts,
        matrix,
        strategy: {
          'fail-fast': failFast,
          'job-index': index,
          'job-total': legs.length,
          'max-parallel': Math.min(maxParallel, legs.length),
        },
      };
      const outcome = await runLeg(run, instance, job, contexts, matrix, controller.signal);
      outcomes.push(outcome);
      if (outcome.result === 'failure' && failFast)
        for (const other of controllers) if (other !== controller) other.abort();
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxParallel, legs.length) }, worker));
  const outputs: Record<string, string> = {};
  for (const [name, value] of outcomes.flatMap((outcome) => Object.entries(outcome.outputs))) {
    if (value === '') continue;
    if (outputs[name] !== undefined && outputs[name] !== value) {
      const line = `output '${name}' is set by several legs of the matrix; GitHub keeps that of the last to finish`;
      run.emit({ type: 'log', job: [...instance.names, job.id].join(' / '), line, level: 'warning' });
    }
    outputs[name] = value;
  }
  return {
    result: combine(outcomes.map((outcome) => outcome.result)),
    outputs,
    ran: outcomes.some((outcome) => outcome.ran),
  };
}

async function runLeg(
  run: RunState,
  instance: Instance,
  job: Job,
  contexts: Values,
  matrix: Values,
  signal: AbortSignal,
): Promise<Outcome> {
  let names = [...instance.names, legName(job.id, matrix)];
  try {
    if (job.name !== undefined) names = [...instance.names, resolveText(job.name, { contexts })];
    const place = { name: names.join(' / '), held: instance.held, signal };
    const leg = {
      instance,
      job,
      names,
      ids: [...instance.ids, job.id],
      contexts,
      keeps: instance.keeps,
      askedAt: Date.now(),
      permissions: effectivePermissions(instance.workflow, job, instance.granted),
    };
    if (signal.aborted && !instance.signal.aborted) return skipJob(run, instance, job, names, 'cancelled');
    let entered = false;
    const outcome = await inGroup(run, job.concurrency, { contexts }, place, (inside, held) => {
      entered = true;
      const complete = { ...leg, held, signal: inside };
      return job.call === undefined ? runLeaf(run, complete) : callWorkflow(run, complete);
    });
    if (!entered) skipJob(run, instance, job, names, 'cancelled');
    return tolerate(outcome, job, contexts);
  } catch (error) {
    return failWithoutSteps(run, instance, job, names, error);
  }
}

/** A job with `continue-on-error` counts as successful for the jobs that need it. */
function tolerate(outcome: Outcome, job: Job, contexts: Values): Outcome {
  const tolerated = outcome.result === 'failure' && resolve(job.continueOnError, { contexts }) === true;
  return tolerated ? { ...outcome, result: 'success' } : outcome;
}

async function callWorkflow(run: RunState, leg: Leg): Promise<Outcome> {
  const { job, instance, contexts } = leg;
  if (job.call === undefined) return neverRan;
  return runInstance(run, {
    workflow: job.call.workflow,
    inputs: calledInputs(job.call, contexts),
    ...calledSecrets(job.call, instance, contexts),
    granted: leg.permissions,
    ids: leg.ids,
    names: leg.names,
    needs: needsOf(instance, job),
    keeps: leg.keeps,
    held: leg.held,
    signal: leg.signal,
  });
}
