/** Workflow files as the checks read them. */
import { parse } from 'yaml';

export interface Step {
  name?: string;
  id?: string;
  if?: unknown;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

export interface Job {
  name?: string;
  uses?: string;
  with?: Record<string, unknown>;
  secrets?: 'inherit' | Record<string, string>;
  needs?: string | string[];
  if?: unknown;
  permissions?: Record<string, string>;
  environment?: unknown;
  concurrency?: unknown;
  'timeout-minutes'?: unknown;
  outputs?: Record<string, string>;
  steps?: Step[];
}

/** An input, a secret or an output of a workflow. */
export interface Parameter {
  description?: string;
  required?: boolean;
  default?: unknown;
  type?: string;
  options?: string[];
  value?: string;
}

export interface Call {
  inputs?: Record<string, Parameter>;
  secrets?: Record<string, Parameter>;
  outputs?: Record<string, Parameter>;
}

export interface Workflow {
  'run-name'?: string;
  permissions?: unknown;
  on: { workflow_call?: Call; workflow_dispatch?: { inputs?: Record<string, Parameter> } };
  jobs: Record<string, Job>;
}

/** One file. */
export interface WorkflowFile {
  /** Its name in `.github/workflows`, or a longer path for one of another folder. */
  file: string;
  text: string;
  workflow: Workflow;
}

/** A key with nothing below it counts as none. */
const withoutNothing = (_: unknown, value: unknown): unknown => (value === null ? undefined : value);

/** Of texts that were read before: most of a set is the same from one planted fault to the next. */
const known = new Map<string, Workflow>();

export function readWorkflow(file: string, text: string): WorkflowFile {
  const workflow = known.get(text) ?? (parse(text, withoutNothing) as Workflow);
  known.set(text, workflow);
  return { file, text, workflow };
}

export function needsOf({ needs = [] }: Job): readonly string[] {
  return typeof needs === 'string' ? [needs] : needs;
}

/** What our own `uses:` names: `$/path`, or, in the example of a caller, the same by a placeholder for this repository. */
export function ownPath(uses: string): string | undefined {
  return /^(?:\$\/|OWNER\/REPO\/)([^@]+)(?:@v1)?$/.exec(uses)?.[1];
}
