/** Finds out the state of the database: by a pod that runs already, or, only when applying, by a short Job. */
import { randomUUID } from 'node:crypto';
import { UserError } from '#toolkit/errors';
import type { Kube, KubeObject } from '#toolkit/kube/kube';
import { once } from '#toolkit/process/once';
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
 * @throws UserError when a Job with another image works on the database, and this is no plan
 */
export async function observe(looking: Looking): Promise<Observed> {
  const { inputs, kube } = looking;
  const pods = MOODLE_PODS.map((labels) => once(() => kube.list({ kind: 'pods', labels })));
  // Begun while the Jobs are looked at. Whether it failed counts only where it is needed.
  pods[0]?.().catch(() => undefined);
  const begun = await workUnderWay(looking);
  if (begun !== undefined) return begun;
  const image = pinnedImage(inputs);
  const known = image === undefined ? undefined : await askPod(kube, pods, (images) => images.includes(image));
  if (known !== undefined) return { kind: 'seen', state: known };
  if (inputs.mode === 'apply' && image !== undefined) return { kind: 'seen', state: await lookByJob(looking, image) };
  const another = await askPod(kube, pods, () => true);
  if (another !== undefined) return { kind: 'seen-by-another', state: another, release: inputs.moodleVersion };
  return {
    kind: 'unknown',
    why:
      image === undefined
        ? 'once the image is built'
        : 'after the services, once the image looks at the database; no pod runs it yet',
  };
}

/**
 * The Job of another run that is at work.
 *
 * @throws UserError when it has another image, and this is no plan
 */
export async function workUnderWay({ kube, inputs }: Looking): Promise<Observed | undefined> {
  const job = (await databaseJobs(kube)).find(isAtWork);
  if (job === undefined) return undefined;
  const image = pinnedImage(inputs);
  if (image !== undefined && imagesOf(job).includes(image)) return { kind: 'busy', job, task: taskOf(job) };
  if (inputs.mode === 'apply') throw new UserError(foreignWork(job));
  return { kind: 'unknown', why: `once Job/${job.metadata.name} has ended, which works on it with another image` };
}

/** The image, when it is known by its digest: a plan may be made before it is built. */
function pinnedImage({ image }: Inputs): string | undefined {
  return image?.includes('@') ? image : undefined;
}

/** The Jobs of this action, whoever started them. */
export function databaseJobs(kube: Kube): Promise<KubeObject[]> {
  return kube.list({ kind: 'jobs', labels: COMPONENT_LABEL });
}

/** Whether a Job changes the database and has not ended. */
export function isAtWork(job: KubeObject): boolean {
  return taskOf(job) !== 'state' && jobProgress(job) === 'active';
}

/** Why a Job of another image is in the way, and what can be done. */
export function foreignWork(job: KubeObject): string {
  const { name, namespace } = job.metadata;
  return `Job/${name} works on the database with another image (${imagesOf(job).join(', ')}); wait until it has ended, then run again. If its pod never starts, \`kubectl -n ${namespace} delete job ${name}\`.`;
}

/** Labels of pods that have Moodle's code. */
const MOODLE_PODS: readonly Record<string, string>[] = [
  { 'app.kubernetes.io/name': 'moodle-web' },
  { 'app.kubernetes.io/name': 'moodle-cron' },
];

/** A pod answers at once. One that cannot is not asked twice. */
async function askPod(
  kube: Kube,
  lists: readonly (() => Promise<KubeObject[]>)[],
  suits: (images: string[]) => boolean,
): Promise<DatabaseState | undefined> {
  for (const list of lists) {
    const pods = await list();
    const pod = pods.find((candidate) => isServing(candidate) && suits(imagesOf(candidate)));
    if (pod === undefined) continue;
    const [container] = (pod.spec as { containers: { name: string }[] }).containers;
    const answer = await kube.exec(pod.metadata.name, STATE_COMMAND, {
      timeoutMilliseconds: ASK_LIMIT_MILLISECONDS,
      ...(container === undefined ? {} : { container: container.name }),
    });
    return answer.exitCode === 0 ? readState(answer.stdout) : undefined;
  }
  return undefined;
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
  const job = await kube.create(databaseJob(base, 'state', inputs, image, name));
  try {
    const { progress, log } = await followJob(job, looking);
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
    await kube.deleteExactly(job).catch(() => undefined);
  }
}
