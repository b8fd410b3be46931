/** Every name that an expression reads must exist where it is read. */
import { type Read, readsIn } from './expressions.ts';
import type { Finder } from './interfaces.ts';
import { type Job, needsOf, type Workflow, type WorkflowFile } from './model.ts';

/** Variables of a GitHub environment or repository that the documentation tells a user to set, or that a rehearsal does. */
const VARIABLES = [
  'AZURE_AUTHORITY_HOST',
  'AZURE_CLIENT_ID',
  'AZURE_CLOUD',
  'AZURE_RESOURCE_MANAGER_ENDPOINT',
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_TENANT_ID',
  'PLAN_KEY_VAULT',
  'REGISTRY_ENDPOINT',
  'RUNNER',
  'SMOKE_CONNECT_TO',
  'SMOKE_CONNECT_TO_PLAIN',
  'SMOKE_TIMEOUT',
  'TERRAFORM_BACKEND_CONFIG',
];

/** Of the contexts whose names GitHub makes, those that are the same whoever calls, or are meant to be the caller's. */
const KNOWN: Readonly<Record<string, RegExp>> = {
  github: /^(actor|event|event_name|head_ref|ref|ref_name|repository|run_attempt|run_id|server_url|sha|token)$/,
  job: /^(status|workflow_ref|workflow_repository|workflow_sha)$/,
};

export function problemsOfReferences({ workflow }: WorkflowFile, find: Finder): string[] {
  const { on, jobs } = workflow;
  const ofOutputs = readsIn(on.workflow_call?.outputs).flatMap((read) =>
    read.context === 'jobs'
      ? problemOfJobOutput(read, workflow, Object.keys(jobs), find)
      : [`an output reads ${nameOf(read)}`],
  );
  const ofJobs = Object.entries(jobs).flatMap(([name, job]) =>
    [...problemsOfJob(job, workflow, find), ...problemsOfSteps(job, find)].map((problem) => `${name}: ${problem}`),
  );
  const ofName = readsIn(workflow['run-name']).flatMap((read) => problemsOfRead(read, {}, workflow, find));
  return [...ofName, ...ofOutputs, ...ofJobs];
}

const nameOf = ({ context, path }: Read): string => [context, ...path].join('.');

function problemsOfJob(job: Job, workflow: Workflow, find: Finder): string[] {
  const unknownNeeds = needsOf(job).filter((need) => workflow.jobs[need] === undefined);
  return [
    ...unknownNeeds.map((need) => `needs ${need}, which is no job`),
    ...readsIn(job).flatMap((read) => problemsOfRead(read, job, workflow, find)),
  ];
}

function problemsOfRead(read: Read, job: Job, workflow: Workflow, find: Finder): string[] {
  const { workflow_call: call, workflow_dispatch: dispatch } = workflow.on;
  const [first = ''] = read.path;
  const there: Record<string, () => boolean> = {
    inputs: () => first in { ...call?.inputs, ...dispatch?.inputs },
    // A called workflow sees what is handed to it; the others see the repository's.
    secrets: () => first === 'GITHUB_TOKEN' || call === undefined || first in (call?.secrets ?? {}),
    vars: () => VARIABLES.includes(first),
    github: () => KNOWN.github?.test(first) ?? true,
    job: () => KNOWN.job?.test(first) ?? true,
  };
  if (read.context === 'needs') return problemOfJobOutput(read, workflow, needsOf(job), find);
  return there[read.context]?.() === false ? [`there is no ${nameOf(read)}`] : [];
}

/** `needs.JOB.outputs.NAME`, or `jobs.JOB.outputs.NAME`, of one of the jobs that can be read here. */
function problemOfJobOutput(read: Read, workflow: Workflow, readable: readonly string[], find: Finder): string[] {
  const [name = '', part = '', output = ''] = read.path;
  const job = workflow.jobs[name];
  if (job === undefined || !readable.includes(name)) return [`reads ${nameOf(read)}, and does not need ${name}`];
  if (part === 'result') return [];
  const outputs = job.uses === undefined ? Object.keys(job.outputs ?? {}) : Object.keys(find(job.uses)?.outputs ?? {});
  return part === 'outputs' && outputs.includes(output) ? [] : [`there is no ${nameOf(read)}`];
}

/** A step reads only steps before it; the outputs of the job read all. */
function problemsOfSteps(job: Job, find: Finder): string[] {
  const steps = job.steps ?? [];
  const problems = (value: unknown, before: number): string[] =>
    readsIn(value)
      .filter(({ context }) => context === 'steps')
      .flatMap((read) => {
        const [id = '', part = '', output = ''] = read.path;
        const index = steps.findIndex((step) => step.id === id);
        if (index < 0 || index >= before) return [`reads ${nameOf(read)}, and no step before it is ${id}`];
        const { uses, run = '' } = steps[index] ?? {};
        if (part !== 'outputs') return [];
        // What a script gives, it writes as NAME=value.
        if (uses === undefined) return run.includes(`"${output}=`) ? [] : [`there is no ${nameOf(read)}`];
        const found = find(uses);
        return found === undefined || output in found.outputs ? [] : [`there is no ${nameOf(read)}`];
      });
  const ids = steps.flatMap(({ id }) => id ?? []);
  return [
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `two steps are ${id}`),
    ...steps.flatMap((step, index) => problems(step, index)),
    ...problems(job.outputs, steps.length),
  ];
}
