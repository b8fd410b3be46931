/** The Job as an object: from the base, with a name, an image and a command. Pure. */
import { createHash } from 'node:crypto';
import { UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import type { Inputs } from './requirements.ts';

/** What a Job does. Only one that changes something is ever attached to again. */
export type Task = 'state' | 'install' | 'reinstall' | 'upgrade';

/** Labels by which the Jobs of this action are found, whoever made the base. */
export const COMPONENT_LABEL = { 'app.kubernetes.io/component': 'database' } as const;
export const TASK_LABEL = 'moodle-high-scale/task';

/** Which container of the base does the work. */
export const CONTAINER = 'database';

interface Variable {
  name: string;
  value?: string;
  [field: string]: unknown;
}

interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: Variable[];
  [field: string]: unknown;
}

interface JobSpec {
  ttlSecondsAfterFinished?: number;
  template: { metadata?: { labels?: Record<string, string> }; spec: { containers: Container[] } };
  [field: string]: unknown;
}

/** A look is worth nothing once it is read. */
const LOOK_KEPT_SECONDS = 600;

/**
 * A name that two runs with the same work agree on, so that the second finds the first one's Job instead of starting its
 * own. A look gets a name of its own each time, from `unique`.
 */
export function jobName(task: Task, image: string, unique: string): string {
  const text = task === 'state' ? unique : `${task} ${image}`;
  return `moodle-database-${task}-${createHash('sha256').update(text).digest('hex').slice(0, 10)}`;
}

/**
 * The Job of a task.
 *
 * @param base the rendered objects of the base
 * @throws UserError when the base is not one Job with a container named `database`
 */
export function databaseJob(
  base: readonly KubeObject[],
  task: Task,
  inputs: Inputs,
  image: string,
  name: string,
): KubeObject {
  const job = base.find(({ kind }) => kind === 'Job');
  const spec = job?.spec as JobSpec | undefined;
  const worker = spec?.template.spec.containers.find((container) => container.name === CONTAINER);
  if (job === undefined || spec === undefined || worker === undefined || base.length !== 1) {
    throw new UserError(
      `Input "manifests" must be a kustomization of one Job with a container named "${CONTAINER}"; "${inputs.manifests}" is not.`,
    );
  }
  const { args: _, ...kept } = worker;
  const container: Container = {
    ...kept,
    image,
    command: ['/usr/local/bin/moodle-database', commandOf(task, inputs)],
    env: withVariables(worker.env ?? [], task === 'install' || task === 'reinstall' ? siteVariables(inputs) : {}),
  };
  return {
    ...job,
    metadata: {
      ...job.metadata,
      name,
      namespace: inputs.namespace,
      labels: { ...job.metadata.labels, ...COMPONENT_LABEL, [TASK_LABEL]: task },
    },
    spec: {
      ...spec,
      ...(task === 'state' ? { ttlSecondsAfterFinished: LOOK_KEPT_SECONDS } : {}),
      template: {
        ...spec.template,
        spec: {
          ...spec.template.spec,
          containers: spec.template.spec.containers.map((other) => (other === worker ? container : other)),
        },
      },
    },
  };
}

/**
 * What the container does. An installation that may begin again is told so from the start: when its pod is lost, the next
 * one of the same Job finds half an installation.
 */
function commandOf(task: Task, { onPartial }: Inputs): Task {
  return task === 'install' && onPartial === 'reinstall' ? 'reinstall' : task;
}

/** What Moodle's installer is told. None of it is secret; the password comes by the secrets volume. */
function siteVariables(inputs: Inputs): Record<string, string> {
  return {
    MOODLE_SITE_NAME: inputs.siteName,
    MOODLE_SITE_SHORT_NAME: inputs.siteShortName,
    MOODLE_ADMIN_USER: inputs.adminUser,
    MOODLE_ADMIN_EMAIL: inputs.adminEmail,
    MOODLE_INSTALL_LANG: inputs.language,
    MOODLE_AGREE_LICENSE: 'yes',
  };
}

/** Kubernetes expands `$(NAME)` in values; a doubled dollar is a plain one. */
function withVariables(present: readonly Variable[], added: Record<string, string>): Variable[] {
  return [
    ...present.filter(({ name }) => !(name in added)),
    ...Object.entries(added).map(([name, value]) => ({ name, value: value.replaceAll('$', '$$$$') })),
  ];
}

/** How far a Job is. */
export type JobProgress = 'active' | 'complete' | 'failed';

/** Reads a Job's conditions. */
export function jobProgress(job: KubeObject): JobProgress {
  const conditions = (job.status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? [];
  const holds = (type: string): boolean => conditions.some((one) => one.type === type && one.status === 'True');
  if (holds('Complete')) return 'complete';
  return holds('Failed') ? 'failed' : 'active';
}

/** The image of a Job or a pod's containers. */
export function imagesOf(object: KubeObject): string[] {
  const spec = object.spec as { containers?: Container[]; template?: JobSpec['template'] } | undefined;
  return (spec?.template?.spec.containers ?? spec?.containers ?? []).map(({ image }) => image);
}

/** The task of a Job that this action made. */
export function taskOf(job: KubeObject): string {
  return job.metadata.labels?.[TASK_LABEL] ?? '';
}
