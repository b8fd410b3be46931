/** Finds out the state of the database: by a pod that runs already, or, only when applying, by a short Job. */
import { randomUUID } from 'node:crypto';
import { UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { type DatabaseState, readState } from './database-state.ts';
import { COMPONENT_LABEL, databaseJob, imagesOf, jobName, jobProgress, taskOf } from './job.ts';
import { followJob, type JobWait } from './job-follow.ts';
import type { Observed } from './plan.ts';
import type { Inputs } from './requirements.ts';
import { failureOf } from './verdict.ts';

const STATE_COMMAND = ['/usr/local/bin/moodle-database', 'state'];
const ASK_LIMIT_MILLISECONDS = 120_000;

/** What looking needs. */
export interface Looking extends JobWait {
  inputs: Inputs;
  base: readonly KubeObject[];
}

/**
 * Looks. A plan changes nothing in the cluster, not even by a Job that only reads.
 *
 * @throws UserError when a Job with another image works on the database
 */
export async function observe(looking: Looking): Promise<Observed> {
  const { inputs, kube } = looking;
  const { image } = inputs;
  if (image === undefined || !image.includes('@')) return { kind: 'unknown', why: 'once the image is built' };
  const busy = busyAmong(await databaseJobs(kube), image);
  if (busy !== undefined) return { kind: 'busy', job: busy.metadata.name, task: taskOf(busy) };
  const known = await askRunningPod(kube, image);
  if (known !== undefined) return { kind: 'seen', state: known };
  if (inputs.mode === 'plan') {
    return { kind: 'unknown', why: 'after the services, once the image looks at the database; no pod runs it yet' };
  }
  return { kind: 'seen', state: await lookByJob(looking, image) };
}

/** The Jobs of this action, whoever started them. */
export function databaseJobs(kube: Kube): Promise<KubeObject[]> {
  return kube.list({ kind: 'jobs', labels: COMPONENT_LABEL });
}

/**
 * The Job that changes the database and has not ended.
 *
 * @throws UserError when it does so with another image
 */
export function busyAmong(jobs: readonly KubeObject[], image: string): KubeObject | undefined {
  const busy = jobs.find((job) => taskOf(job) !== 'state' && jobProgress(job) === 'active');
  if (busy === undefined || imagesOf(busy).includes(image)) return busy;
  throw new UserError(
    `Job/${busy.metadata.name} works on the database with another image (${imagesOf(busy).join(', ')}); wait until it has ended, then run again.`,
  );
}

/** A pod of this very image answers at once. One that cannot answer is not asked twice: a Job will. */
async function askRunningPod(kube: Kube, image: string): Promise<DatabaseState | undefined> {
  const pods = await kube.list({ kind: 'pods', labels: { 'app.kubernetes.io/part-of': 'moodle' } });
  const pod = pods.find((candidate) => imagesOf(candidate).includes(image) && isServing(candidate));
  if (pod === undefined) return undefined;
  const container = (pod.spec as { containers: { name: string; image: string }[] }).containers.find(
    (one) => one.image === image,
  );
  const answer = await kube.exec(pod.metadata.name, STATE_COMMAND, {
    timeoutMilliseconds: ASK_LIMIT_MILLISECONDS,
    ...(container === undefined ? {} : { container: container.name }),
  });
  return answer.exitCode === 0 ? readState(answer.stdout) : undefined;
}

function isServing(pod: KubeObject): boolean {
  const { phase, conditions = [] } = (pod.status ?? {}) as {
    phase?: string;
    conditions?: { type: string; status: string }[];
  };
  const ready = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  return phase === 'Running' && ready && pod.metadata.deletionTimestamp === undefined;
}

/**
 * Starts a Job that only looks, and takes it away again.
 *
 * @throws UserError when it does not answer
 */
export async function lookByJob(looking: Looking, image: string): Promise<DatabaseState> {
  const { inputs, base, kube } = looking;
  const name = jobName('state', image, randomUUID());
  await kube.create(databaseJob(base, 'state', inputs, image, name));
  try {
    const { progress, log } = await followJob(name, looking);
    const failure = failureOf({ task: 'state', progress, log, language: inputs.language });
    if (failure !== undefined)
      throw new UserError(`The database's state could not be found out by Job/${name}: ${failure}`);
    const state = readState((log ?? []).join('\n'));
    if (state === undefined)
      throw new UserError(
        `Job/${name} ended without the database's state; is the image a Moodle image of this toolkit?`,
      );
    return state;
  } finally {
    await kube.delete({ kind: 'job', name }).catch(() => undefined);
  }
}
