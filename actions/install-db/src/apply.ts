/** Starts or follows the one Job that changes the database. */
import { UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { KubeError } from '#toolkit/kube/kube-error';
import { databaseJob, imagesOf, jobName, type Task, taskOf } from './job.ts';
import { followJob, type JobEnd } from './job-follow.ts';
import { databaseJobs, foreignWork, isAtWork, type Looking } from './observe.ts';
import type { Plan } from './plan.ts';
import { PodDoesNotStart, podsOf } from './pod-start.ts';
import { failureOf, restorePointIn } from './verdict.ts';

/** What is known of the work when it is done. */
export interface Work {
  /** The time to which the database can be set back to undo an upgrade: ISO 8601, UTC. */
  restorePoint?: string;
  milliseconds: number;
}

/**
 * Does the plan.
 *
 * @throws UserError when Moodle failed, with its last words; TimedOut when it takes too long
 */
export async function applyPlan(plan: Plan, looking: Looking, image: string): Promise<Work> {
  const began = looking.clock.now();
  const job = plan.follow ?? (plan.task === undefined ? undefined : await begin(plan.task, looking, image));
  if (job === undefined) return { milliseconds: 0 };
  const end = await followToEnd(job, looking);
  const restorePoint = restorePointIn(end.log);
  const failure = failureOf({
    task: taskOf(job) as Task,
    progress: end.progress,
    log: end.log,
    language: looking.inputs.language,
  });
  if (failure !== undefined) {
    const back =
      restorePoint === undefined
        ? ''
        : `\nThe state before it can be restored: set the database back to ${restorePoint}.`;
    throw new UserError(`Job/${job.metadata.name} did not ${taskOf(job)} the database: ${failure}${back}`);
  }
  return {
    milliseconds: looking.clock.now() - began,
    ...(restorePoint === undefined ? {} : { restorePoint }),
  };
}

/**
 * Creates the Job, unless another run has begun the same since the first look, which may be minutes ago. One of the same
 * name that has ended makes room; by its uid, so that never one makes room that is at work.
 *
 * @throws UserError when another run has begun with another image
 */
async function begin(task: Task, looking: Looking, image: string): Promise<KubeObject> {
  const { kube, log, inputs, base } = looking;
  const name = jobName(task, image, '');
  const jobs = await databaseJobs(kube);
  const busy = jobs.find(isAtWork);
  if (busy !== undefined) {
    if (imagesOf(busy).includes(image)) return busy;
    throw new UserError(foreignWork(busy));
  }
  const ended = jobs.find(({ metadata }) => metadata.name === name);
  if (ended !== undefined) await makeRoom(ended, looking);
  const job = await createOnce(databaseJob(base, task, inputs, image, name), kube);
  log.info(`created Job/${name}`);
  return job;
}

/** Deletes a Job that has ended, and waits until its name is free. */
async function makeRoom(ended: KubeObject, { kube, clock, signal }: Looking): Promise<void> {
  await kube.deleteExactly(ended);
  for (let tries = 0; tries < 60; tries += 1) {
    const found = await kube.get({ kind: 'job', name: ended.metadata.name });
    if (found?.metadata.uid !== ended.metadata.uid) return;
    await clock.sleep(500, signal);
  }
}

/** Creates a Job. Where the answer was lost, or another run was faster, the one that is there is the one. */
async function createOnce(job: KubeObject, kube: Kube): Promise<KubeObject> {
  try {
    return await kube.create(job);
  } catch (error) {
    if (!(error instanceof KubeError) || !['exists', 'unreachable', 'failed'].includes(error.reason)) throw error;
    const found = await kube.get({ kind: 'job', name: job.metadata.name });
    if (found === undefined) throw error;
    return found;
  }
}

/** A Job of which no pod could start has done nothing yet; left there, it would block every later run. */
async function followToEnd(job: KubeObject, looking: Looking): Promise<JobEnd> {
  try {
    return await followJob(job, looking);
  } catch (error) {
    if (error instanceof PodDoesNotStart) {
      const pods = await podsOf(job, looking.kube).catch(() => undefined);
      const untouched = pods?.every(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Pending');
      if (untouched) await looking.kube.deleteExactly(job).catch(() => undefined);
    }
    throw error;
  }
}
