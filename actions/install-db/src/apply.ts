/** Starts or follows the one Job that changes the database. */
import { UserError } from '#toolkit/errors';
import { KubeError } from '#toolkit/kube/kube-error';
import { databaseJob, jobName, type Task, taskOf } from './job.ts';
import { followJob, type JobEnd } from './job-follow.ts';
import { busyAmong, databaseJobs, type Looking } from './observe.ts';
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
  const name = await begin(plan.task, looking, image);
  conclude(name, plan.task, await followOwn(name, looking), looking);
}

/**
 * Creates the Job, unless another run has begun the same since the first look, which may be minutes ago. One of the same
 * name that has ended makes room.
 *
 * @returns the name of the Job to follow
 * @throws UserError when another run has begun with another image
 */
async function begin(task: Task, looking: Looking, image: string): Promise<string> {
  const { kube, log, inputs, base } = looking;
  const name = jobName(task, image, '');
  const jobs = await databaseJobs(kube);
  const busy = busyAmong(jobs, image);
  if (busy !== undefined && busy.metadata.name !== name) {
    throw new UserError(
      `Job/${busy.metadata.name} has begun to work on the database meanwhile; wait until it has ended, then run again.`,
    );
  }
  if (busy !== undefined) return name;
  if (jobs.some(({ metadata }) => metadata.name === name)) await kube.delete({ kind: 'job', name });
  try {
    await kube.create(databaseJob(base, task, inputs, image, name));
    log.info(`created Job/${name}`);
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'exists') throw error;
    log.info(`Job/${name} was created by another run meanwhile; following it`);
  }
  return name;
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
