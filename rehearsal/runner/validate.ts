import { checkCallInput, emptyValue } from './inputs.ts';
import type { Call, Job, Workflow } from './model.ts';
import type { Environment, RunOptions } from './options.ts';
import { excess, type Permissions } from './permissions.ts';
import { Problems } from './problems.ts';
import { refuseLabel } from './refusals.ts';
import { foresee, foreseeText, type Known } from './static.ts';
import { entries, expressionsIn, get, literal } from './tokens.ts';
import type { Value } from './values.ts';

/** Finds an environment by name; GitHub ignores case. */
export function findEnvironment(
  environments: Readonly<Record<string, Environment>>,
  name: string,
): { name: string; environment: Environment } | undefined {
  const found = Object.entries(environments).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : { name: found[0], environment: found[1] };
}

/** The sentence for an environment that is not declared. */
export function undeclaredEnvironment(name: string, environments: Readonly<Record<string, Environment>>): string {
  return `environment '${name}' is not declared (declared: ${Object.keys(environments).join(', ') || 'none'}); GitHub would create it without any reviewers`;
}

/** What a job's token may do: its own block, else the workflow's, else what the caller granted. */
export function effectivePermissions(workflow: Workflow, job: Job, granted: Permissions): Permissions {
  return job.permissions ?? workflow.permissions ?? granted;
}

/**
 * Checks what GitHub checks when it starts a run, over the whole tree of called workflows: permissions that exceed what
 * the caller has, inputs and secrets that are missing, unknown or of a wrong type, environments that do not exist.
 *
 * @throws WorkflowRefused with all findings.
 */
export function validate(workflow: Workflow, options: RunOptions, known: Known, granted: Permissions): void {
  const problems = new Problems();
  const file = fileOf(workflow);
  if (!workflow.events.has(options.event.name))
    problems.add(
      file,
      1,
      `the workflow has no ${options.event.name} trigger (it has ${[...workflow.events.keys()].join(', ')})`,
    );
  checkGate(options, problems, file);
  checkWorkflow(workflow, options, known, granted, problems);
  problems.check();
}

function checkGate(options: RunOptions, problems: Problems, file: string): void {
  const { reviewer } = options.gate;
  if (reviewer === undefined) return;
  for (const [name, { reviewers = [] }] of Object.entries(options.environments)) {
    if (reviewers.length > 0 && !reviewers.includes(reviewer))
      problems.add(
        file,
        1,
        `'${reviewer}' is no reviewer of environment '${name}' (reviewers: ${reviewers.join(', ')})`,
      );
  }
}

function checkWorkflow(
  workflow: Workflow,
  options: RunOptions,
  known: Known,
  granted: Permissions,
  problems: Problems,
): void {
  const file = fileOf(workflow);
  for (const job of workflow.jobs.values()) {
    const permissions = effectivePermissions(workflow, job, granted);
    const label = foreseeText(job.runsOn, known);
    const wrongLabel = label === undefined || literal(job.runsOn) !== undefined ? undefined : refuseLabel(label);
    if (wrongLabel !== undefined) problems.add(file, job.runsOn?.line, wrongLabel);
    checkEnvironment(file, job, options, known, problems);
    if (job.call === undefined) continue;
    const { call } = job;
    checkPermissions(file, job.line, call, permissions, problems);
    checkSecrets(file, job.line, call, problems);
    const inputs = checkInputs(file, job.line, call, known, problems);
    checkWorkflow(call.workflow, options, { ...known, inputs }, permissions, problems);
  }
}

function checkEnvironment(file: string, job: Job, options: RunOptions, known: Known, problems: Problems): void {
  const token = get(job.environment, 'name') ?? job.environment;
  const name = token === undefined ? undefined : foreseeText(token, known);
  if (name && findEnvironment(options.environments, name) === undefined)
    problems.add(file, token?.line, undeclaredEnvironment(name, options.environments));
}

function checkPermissions(file: string, line: number, call: Call, granted: Permissions, problems: Problems): void {
  for (const nested of call.workflow.jobs.values()) {
    for (const { wanted, granted: allowed } of excess(effectivePermissions(call.workflow, nested, granted), granted)) {
      problems.add(
        file,
        line,
        `Error calling workflow '${call.uses}'. The nested job '${nested.id}' is requesting '${wanted}', but is only allowed '${allowed}'.`,
      );
    }
  }
}

function checkSecrets(file: string, line: number, call: Call, problems: Problems): void {
  if (literal(call.secrets) === 'inherit') return;
  const given = new Set(entries(call.secrets).map(({ key }) => key.toLowerCase()));
  if (expressionsIn(call.secrets).some((token) => /secrets\.github_token/i.test(token.expression)))
    problems.add(file, line, 'passing secrets.GITHUB_TOKEN is not simulated; a called workflow has its own');
  const declared = [...call.workflow.callSecrets];
  for (const [name, required] of declared) {
    if (required && !given.has(name.toLowerCase()))
      problems.add(file, line, `Secret ${name} is required, but not provided while calling '${call.uses}'.`);
  }
  for (const name of given) {
    if (!declared.some(([known]) => known.toLowerCase() === name))
      problems.add(file, line, `Invalid secret, ${name} is not defined in the referenced workflow '${call.uses}'.`);
  }
}

function checkInputs(
  file: string,
  line: number,
  call: Call,
  known: Known,
  problems: Problems,
): Map<string, Value | undefined> {
  const given = new Map(entries(call.with).map((entry) => [entry.key.toLowerCase(), entry]));
  const values = new Map<string, Value | undefined>();
  for (const [name, input] of call.workflow.callInputs) {
    const entry = given.get(name.toLowerCase());
    given.delete(name.toLowerCase());
    if (entry === undefined && input.required)
      problems.add(file, line, `Input ${name} is required, but not provided while calling '${call.uses}'.`);
    const token = entry?.value ?? input.default;
    const value = token === undefined ? emptyValue(input.type) : foresee(token, known);
    const wrong = value === undefined || entry === undefined ? undefined : checkCallInput(name, input, value);
    if (wrong !== undefined) problems.add(file, entry?.value.line ?? line, `'${call.uses}': ${wrong}`);
    values.set(name, value);
  }
  for (const { key, keyToken } of given.values())
    problems.add(
      file,
      keyToken.line ?? line,
      `Invalid input, ${key} is not defined in the referenced workflow '${call.uses}'.`,
    );
  return values;
}

function fileOf(workflow: Workflow): string {
  return `${workflow.source.repository}/${workflow.path}`;
}
