import type { Job, Workflow } from './model.ts';
import type { RunOptions } from './options.ts';
import { literal } from './tokens.ts';

/** Whether an id path (`deploy/apply/infra`) is what a person named: all of it, or its end (`infra`). */
export function isNamed(idPath: string, name: string): boolean {
  return idPath === name || idPath.endsWith(`/${name}`);
}

/**
 * The id paths to run when only some jobs are wanted: the named jobs, what they call, what calls them, and everything
 * that these need.
 *
 * @throws Error naming a job that does not exist.
 */
export function selectJobs(workflow: Workflow, only: readonly string[] | undefined): Set<string> | undefined {
  if (only === undefined) return undefined;
  const all = idPaths(workflow);
  for (const name of only) {
    if (!all.some((path) => isNamed(path, name)))
      throw new Error(`there is no job '${name}'; the jobs are ${all.join(', ')}`);
  }
  const selected = new Set<string>();
  collect(workflow, '', only, selected);
  return selected;
}

/** Every job below a workflow by id path, jobs that call a workflow included. */
export function idPaths(workflow: Workflow, prefix = ''): string[] {
  return [...workflow.jobs.values()].flatMap((job) => {
    const path = `${prefix}${job.id}`;
    return [path, ...(job.call === undefined ? [] : idPaths(job.call.workflow, `${path}/`))];
  });
}

function collect(workflow: Workflow, prefix: string, only: readonly string[], selected: Set<string>): boolean {
  let any = false;
  for (const job of workflow.jobs.values()) {
    const path = `${prefix}${job.id}`;
    if (only.some((name) => isNamed(path, name))) addWhole(job, path, selected);
    else if (job.call !== undefined && collect(job.call.workflow, `${path}/`, only, selected)) selected.add(path);
    if (!selected.has(path)) continue;
    any = true;
    addNeeds(workflow, prefix, job, selected);
  }
  return any;
}

function addNeeds(workflow: Workflow, prefix: string, job: Job, selected: Set<string>): void {
  for (const need of job.needs) {
    const needed = workflow.jobs.get(need);
    if (needed === undefined) continue;
    addWhole(needed, `${prefix}${need}`, selected);
    addNeeds(workflow, prefix, needed, selected);
  }
}

function addWhole(job: Job, path: string, selected: Set<string>): void {
  selected.add(path);
  if (job.call !== undefined) for (const below of idPaths(job.call.workflow, `${path}/`)) selected.add(below);
}

/** @throws Error when the step to fail does not exist. */
export function checkFailStep(workflow: Workflow, failStep: RunOptions['failStep']): void {
  if (failStep === undefined) return;
  const { job, step } = failStep;
  const jobs = jobsNamed(workflow, '', job);
  if (jobs.length === 0)
    throw new Error(`there is no job '${job}' to fail; the jobs are ${idPaths(workflow).join(', ')}`);
  const steps = jobs.flatMap((found) => found.steps).flatMap((s) => [s.id, literal(s.name)]);
  if (step !== undefined && !steps.includes(step))
    throw new Error(`job '${job}' has no step '${step}' to fail; its steps are ${steps.filter((s) => s).join(', ')}`);
}

function jobsNamed(workflow: Workflow, prefix: string, name: string): Job[] {
  return [...workflow.jobs.values()].flatMap((job) => {
    const path = `${prefix}${job.id}`;
    const below = job.call === undefined ? [] : jobsNamed(job.call.workflow, `${path}/`, name);
    return isNamed(path, name) && job.call === undefined ? [job, ...below] : below;
  });
}
