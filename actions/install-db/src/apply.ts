/** Starts or follows the one Job that changes the database. */
import { UserError } from '#toolkit/errors';
import { KubeError } from '#toolkit/kube/kube-error';
import { databaseJob, jobName, jobProgress, type Task, taskOf } from './job.ts';
import { followJob, type JobEnd } from './job-follow.ts';
import type { Looking } from './observe.ts';
import type { Plan } from './plan.ts';
import { failureOf } from './verdict.ts';

/**
 * Does the plan.
 *
 * @throws UserError when Moodle failed, with its last words; TimedOut when it takes too long
 */
export async function applyPlan(plan: Plan, looking: Looking, image: string): Promise<void> {
  if (plan.follow !== undefined) {
    const job = await looking.kube.get({ kind: 'job', name: plan.follow });
    const task = job === undefined ? 'upgrade' : (taskOf(job) as Task);
    conclude(plan.follow, task, await followJob(plan.follow, looking), looking);
    return;
  }
  if (plan.task === undefined) return;
  const name = jobName(plan.task, image, '');
  await begin(name, plan.task, looking, image);
  conclude(name, plan.task, await followOwn(name, looking), looking);
}

/** Creates the Job. One of the same name that has ended makes room; one that runs is ours to follow. */
async function begin(name: string, task: Task, looking: Looking, image: string): Promise<void> {
  const { kube, log, inputs, base } = looking;
  const old = await kube.get({ kind: 'job', name });
  if (old !== undefined && jobProgress(old) !== 'active') await kube.delete({ kind: 'job', name });
  if (old !== undefined && jobProgress(old) === 'active') return;
  try {
    await kube.create(databaseJob(base, task, inputs, image, name));
    log.info(`created Job/${name}`);
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'exists') throw error;
    log.info(`Job/${name} was created by another run meanwhile; following it`);
  }
}

/** A Job whose pod cannot start has done nothing yet; left there, it would block every later run. */
async function followOwn(name: string, looking: Looking): Promise<JobEnd> {
  try {
    return await followJob(name, looking);
  } catch (error) {
    if (error instanceof UserError && /does not start/.test(error.message)) {
      await looking.kube.delete({ kind: 'job', name }).catch(() => undefined);
    }
    throw error;
  }
}

function conclude(name: string, task: Task, end: JobEnd, { inputs }: Looking): void {
  const failure = failureOf({ task, progress: end.progress, log: end.log, language: inputs.language });
  if (failure !== undefined) throw new UserError(`Job/${name} did not ${task} the database: ${failure}`);
}
