/** Every `with:` and `secrets:` against what the action or the called workflow takes. */
import { onlyRead } from './expressions.ts';
import type { Finder, Input } from './interfaces.ts';
import { type Job, needsOf, type Step, type Workflow, type WorkflowFile } from './model.ts';

/** Where a use stands. */
interface Place {
  workflow: Workflow;
  job: Job;
  find: Finder;
}

export function problemsOfUses({ workflow }: WorkflowFile, find: Finder): string[] {
  return Object.entries(workflow.jobs).flatMap(([name, job]) => {
    const place = { workflow, job, find };
    const called = job.uses === undefined ? [] : [...problemsOfUse(job, place), ...problemsOfSecrets(job, find)];
    return [...called, ...(job.steps ?? []).flatMap((step) => problemsOfUse(step, place))].map(
      (problem) => `${name}: ${problem}`,
    );
  });
}

function problemsOfUse({ uses, with: values }: Pick<Step | Job, 'uses' | 'with'>, place: Place): string[] {
  const given = values ?? {};
  if (uses === undefined) return [];
  const found = place.find(uses);
  if (found === undefined) return [`there is no ${uses}, or its inputs are not known here`];
  const missing = Object.entries(found.inputs).filter(([name, { required }]) => required && !(name in given));
  return [
    ...missing.map(([name]) => `${uses} needs the input ${name}`),
    ...Object.entries(given).flatMap(([name, value]) => {
      const input = found.inputs[name];
      if (input === undefined) return [`${uses} has no input ${name}`];
      const wrong = wrongType(input, value, place);
      return wrong === undefined ? [] : [`input ${name} of ${uses} ${wrong}`];
    }),
  ];
}

/** A secret that the called workflow has must be handed on, unless the call only plans. */
function problemsOfSecrets({ uses = '', secrets = {}, with: given }: Job, find: Finder): string[] {
  const { secrets: declared = [], inputs = {} } = find(uses) ?? {};
  if (secrets === 'inherit') return [`${uses} is given all secrets`];
  const onlyPlans = 'mode' in inputs && (given?.mode ?? 'plan') === 'plan';
  const missing = onlyPlans ? [] : declared.filter((name) => !(name in secrets));
  return [
    ...Object.keys(secrets)
      .filter((name) => !declared.includes(name))
      .map((name) => `${uses} has no secret ${name}`),
    ...missing.map((name) => `${uses} needs the secret ${name}`),
  ];
}

/** What is wrong with a value for an input, as far as it can be told; undefined when nothing is. */
function wrongType(input: Input, value: unknown, place: Place): string | undefined {
  if (input.type === 'any') return undefined;
  if (typeof value === 'string' && value.includes('${{')) return wrongRead(input, value, place);
  const text = String(value);
  const fits: Record<string, boolean> = {
    integer: /^-?\d+$/.test(text),
    number: typeof value === 'number',
    boolean: /^(true|false)$/.test(text),
    duration: /^\d+(s|m|h)$/.test(text),
    enum: input.values?.includes(text) ?? true,
    string: typeof value === 'string' || typeof value === 'number',
    json: isJson(text),
  };
  if (fits[input.type] ?? true) return undefined;
  return `is ${input.values === undefined ? `a ${input.type}` : `one of ${input.values.join(', ')}`} and is given ${text}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Types that only the same type can be given to; a text takes any. */
const STRICT = ['integer', 'number', 'boolean', 'json', 'duration'];

function wrongRead({ type }: Input, value: string, place: Place): string | undefined {
  const given = typeOfRead(value, place);
  if (given === undefined || given === type) return undefined;
  // Inputs of workflows have no type for documents.
  if (type === 'json' && given === 'string' && onlyRead(value)?.context === 'inputs') return undefined;
  if (STRICT.includes(type)) return `is a ${type} and is given ${value}, a ${given}`;
  // A text may be a number, as the number of something in its name; it is never a truth or a document.
  return type === 'string' && (given === 'boolean' || given === 'json')
    ? `is a ${type} and is given ${value}, a ${given}`
    : undefined;
}

/** The type of a value that is one read of an input, or of an output of a step or of a job. */
function typeOfRead(value: string, { workflow, job, find }: Place): string | undefined {
  const read = onlyRead(value);
  const [first = '', , output = ''] = read?.path ?? [];
  switch (read?.context) {
    case 'inputs':
      return workflow.on.workflow_call?.inputs?.[first]?.type;
    case 'steps':
      return outputType(job, first, output, find);
    case 'needs': {
      const needed = needsOf(job).includes(first) ? workflow.jobs[first] : undefined;
      const from = onlyRead(needed?.outputs?.[output]);
      if (needed === undefined || from?.context !== 'steps') return undefined;
      return outputType(needed, from.path[0] ?? '', from.path[2] ?? '', find);
    }
    default:
      return undefined;
  }
}

function outputType(job: Job, id: string, output: string, find: Finder): string | undefined {
  const uses = job.steps?.find((step) => step.id === id)?.uses;
  return uses === undefined ? undefined : find(uses)?.outputs[output];
}
