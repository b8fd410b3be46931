/**
 * Conventions of every workflow file, and the contracts between them: every `with:` names an input that the action or the
 * called workflow has, every required one is given, and every `outputs.NAME` that is read exists.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, '.github/workflows');

interface Step {
  name?: string;
  id?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Job {
  name?: string;
  uses?: string;
  with?: Record<string, unknown>;
  needs?: string | string[];
  permissions?: unknown;
  'timeout-minutes'?: number;
  outputs?: Record<string, string>;
  steps?: Step[];
}
interface Parameter {
  description?: string;
  required?: boolean;
  default?: unknown;
  type?: string;
  value?: string;
}
interface Workflow {
  name: string;
  permissions: unknown;
  on: {
    workflow_call?: { inputs?: Record<string, Parameter>; outputs?: Record<string, Parameter> };
    workflow_dispatch?: { inputs?: Record<string, Parameter> };
  };
  jobs: Record<string, Job>;
}

const files = readdirSync(folder).filter((file) => file.endsWith('.yml'));
const texts = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
const workflows = new Map(files.map((file) => [file, parse(texts.get(file) ?? '') as Workflow]));

/** Inputs and outputs of what a `uses:` of this repository names. */
function contractOf(uses: string): { inputs: Record<string, Parameter>; outputs: string[] } | undefined {
  if (!uses.startsWith('$/')) return undefined;
  const path = uses.slice(2);
  if (path.endsWith('.yml')) {
    const call = workflows.get(path.split('/').at(-1) ?? '')?.on.workflow_call;
    return { inputs: call?.inputs ?? {}, outputs: Object.keys(call?.outputs ?? {}) };
  }
  const action = parse(readFileSync(join(root, path, 'action.yml'), 'utf8')) as {
    inputs?: Record<string, Parameter>;
    outputs?: Record<string, unknown>;
  };
  return { inputs: action.inputs ?? {}, outputs: Object.keys(action.outputs ?? {}) };
}

/** What is wrong with the `with:` of one use. */
function problemsOfUse(where: string, uses: string, given: Record<string, unknown>): string[] {
  const contract = contractOf(uses);
  if (contract === undefined) return [];
  const unknown = Object.keys(given).filter((name) => !(name in contract.inputs));
  const missing = Object.entries(contract.inputs).filter(
    ([name, { required, default: fallback }]) => required && fallback === undefined && !(name in given),
  );
  return [
    ...unknown.map((name) => `${where}: ${uses} has no input ${name}`),
    ...missing.map(([name]) => `${where}: ${uses} needs the input ${name}`),
  ];
}

/** What is wrong with the outputs that a workflow reads. */
function problemsOfOutputs(file: string, workflow: Workflow, text: string): string[] {
  const problems: string[] = [];
  const outputsOfJob = (name: string): string[] | undefined => {
    const job = workflow.jobs[name];
    if (job === undefined) return undefined;
    return job.uses === undefined ? Object.keys(job.outputs ?? {}) : contractOf(job.uses)?.outputs;
  };
  for (const [, context, name = '', output = ''] of text.matchAll(/\b(needs|jobs)\.([\w-]+)\.outputs\.([\w-]+)/g)) {
    const outputs = outputsOfJob(name);
    if (outputs === undefined || !outputs.includes(output))
      problems.push(`${file}: ${context}.${name} has no output ${output}`);
  }
  for (const [jobName, job] of Object.entries(workflow.jobs)) {
    for (const [, id = '', output = ''] of JSON.stringify(job).matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      const step = job.steps?.find((candidate) => candidate.id === id);
      const outputs = step?.uses === undefined ? undefined : contractOf(step.uses)?.outputs;
      if (step === undefined || (outputs !== undefined && !outputs.includes(output)))
        problems.push(`${file}: ${jobName}: step ${id} has no output ${output}`);
    }
  }
  return problems;
}

describe.each(files)('%s', (file) => {
  const workflow = workflows.get(file) as Workflow;
  const text = texts.get(file) ?? '';
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);

  test('gives no permission for all jobs, and each job only its own', () => {
    expect(workflow.permissions).toEqual({});
    expect(jobs.filter(([, job]) => job.permissions === undefined).map(([name]) => name)).toEqual([]);
  });

  test('pins every action of others to a commit, with its version behind', () => {
    const uses = [...text.matchAll(/^ *(?:- )?uses: (\S+)(.*)/gm)].filter(([, name = '']) => !name.startsWith('$/'));
    expect(
      uses
        .filter(([, name = '', rest = '']) => !/@[0-9a-f]{40}$/.test(name) || !/^ # v\d+\.\d+\.\d+$/.test(rest))
        .map(([line]) => line),
    ).toEqual([]);
  });

  test('reaches its own actions and workflows only by the self-repository syntax', () => {
    expect(text).not.toMatch(/uses: \.\//);
  });

  test('puts no expression into a script', () => {
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  test('names every job and step, and limits the time of every job', () => {
    expect(
      jobs
        .filter(([, job]) => job.name === undefined || (job.uses === undefined && job['timeout-minutes'] === undefined))
        .map(([name]) => name),
    ).toEqual([]);
    expect(steps.filter(({ name }) => name === undefined)).toEqual([]);
  });

  test('leaves no credential in a checkout', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });

  test('describes and types every input and output', () => {
    const { workflow_call: call, workflow_dispatch: dispatch } = workflow.on;
    const inputs = { ...call?.inputs, ...dispatch?.inputs };
    expect(Object.entries(inputs).filter(([, { description, type }]) => !description || !type)).toEqual([]);
    expect(Object.entries(call?.outputs ?? {}).filter(([, { description }]) => !description)).toEqual([]);
  });

  test('gives every action and workflow the inputs that it has', () => {
    const ofJobs = jobs.flatMap(([name, job]) =>
      job.uses === undefined ? [] : problemsOfUse(`${file}: ${name}`, job.uses, job.with ?? {}),
    );
    const ofSteps = jobs.flatMap(([name, job]) =>
      (job.steps ?? []).flatMap((step) =>
        step.uses === undefined ? [] : problemsOfUse(`${file}: ${name}`, step.uses, step.with ?? {}),
      ),
    );
    expect([...ofJobs, ...ofSteps]).toEqual([]);
  });

  test('reads only outputs that exist', () => {
    expect(problemsOfOutputs(file, workflow, text)).toEqual([]);
  });
});

test('the checks find what is planted', () => {
  const uses = '$/.github/actions/smoke';
  expect(problemsOfUse('x', uses, { 'host-nam': 'a' })).toEqual([
    `x: ${uses} has no input host-nam`,
    `x: ${uses} needs the input host-name`,
  ]);
  const planted: Workflow = {
    name: 'x',
    permissions: {},
    on: {},
    jobs: { a: { steps: [{ id: 's', uses }] }, b: { needs: 'a' } },
  };
  expect(problemsOfOutputs('x', planted, 'needs.a.outputs.y')).toEqual(['x: needs.a has no output y']);
  const reading: Workflow = {
    ...planted,
    jobs: { a: { steps: [{ id: 's', uses }], outputs: { z: 'steps.s.outputs.none' } } },
  };
  expect(problemsOfOutputs('x', reading, '')).toEqual(['x: a: step s has no output none']);
});
