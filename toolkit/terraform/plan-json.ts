/**
 * Reads what `show -json` prints. Format 1 only gains fields, and unknown ones are ignored; another major version is
 * refused. A plan of thousands of resources is checked where it would be read wrongly, and not copied: a schema over the
 * whole of it takes longer than everything that is done with it.
 */
import { UserError } from '../errors.ts';
import type {
  ActionInvocation,
  CheckResult,
  DeferredChange,
  OutputValues,
  PlanJson,
  PlannedValueChange,
  ReadResource,
  ResourceChange,
} from './plan-format.ts';

export type { OutputValues, PlanJson, ResourceChange } from './plan-format.ts';

type Json = Record<string, unknown>;

/**
 * Reads a plan.
 *
 * @throws UserError when the format is one that this toolkit does not know, or when it is no plan
 */
export function parsePlan(text: string): PlanJson {
  const plan = object(JSON.parse(text), 'plan');
  const { format_version: version } = plan;
  if (typeof version !== 'string') throw unreadable('format_version', 'a text');
  if (!version.startsWith('1.'))
    throw new UserError(
      `The plan has format ${version} and only format 1 is known: use an older terraform or a newer version of this action.`,
    );
  const deferred = optional(plan.deferred_changes, 'deferred_changes', deferredChange);
  const invocations = optional(plan.action_invocations, 'action_invocations', addressed);
  return {
    format_version: version,
    ...(typeof plan.terraform_version === 'string' ? { terraform_version: plan.terraform_version } : {}),
    resource_changes: list(plan.resource_changes, 'resource_changes', resourceChange),
    resource_drift: list(plan.resource_drift, 'resource_drift', resourceChange),
    relevant_attributes: list(plan.relevant_attributes, 'relevant_attributes', relevantAttribute),
    output_changes: record(plan.output_changes, 'output_changes', valueChange),
    ...(deferred === undefined ? {} : { deferred_changes: deferred }),
    ...(invocations === undefined ? {} : { action_invocations: invocations }),
    checks: list(plan.checks, 'checks', checkResult),
    planned_values: { outputs: outputValues(field(plan.planned_values, 'outputs')) },
    variables: record(plan.variables, 'variables', object),
    // Older versions have none of the three.
    complete: plan.complete !== false,
    applyable: plan.applyable !== false,
    errored: plan.errored === true,
    sensitive_variables: sensitiveVariables(plan.configuration),
    data_resources: dataResources(field(field(plan.prior_state, 'values'), 'root_module')),
  };
}

/** Reads what `output -json` printed. */
export function parseOutputs(text: string): OutputValues {
  return outputValues(JSON.parse(text));
}

function outputValues(value: unknown): OutputValues {
  const found: OutputValues = {};
  for (const [name, output] of Object.entries(record(value, 'outputs', object))) {
    const { sensitive = false } = output;
    if (typeof sensitive !== 'boolean') throw unreadable(`outputs.${name}.sensitive`, 'true or false');
    found[name] = 'value' in output ? { sensitive, value: output.value } : { sensitive };
  }
  return found;
}

function unreadable(place: string, wanted: string): UserError {
  return new UserError(`This is not what "terraform show -json" prints of a plan: "${place}" is not ${wanted}.`);
}

function object(value: unknown, place: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(place, 'an object');
  return value as Json;
}

/** A list whose every item passes; none stands for an empty one. */
function list<T>(value: unknown, place: string, check: (item: unknown, place: string) => T): readonly T[] {
  return optional(value, place, check) ?? [];
}

function optional<T>(
  value: unknown,
  place: string,
  check: (item: unknown, place: string) => T,
): readonly T[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw unreadable(place, 'a list');
  for (const item of value) check(item, place);
  return value;
}

function record<T>(value: unknown, place: string, check: (item: unknown, place: string) => T): Record<string, T> {
  if (value === undefined || value === null) return {};
  const found = object(value, place);
  for (const name in found) check(found[name], `${place}.${name}`);
  return found as Record<string, T>;
}

function resourceChange(value: unknown, place: string): ResourceChange {
  const resource = addressed(value, place) as unknown as ResourceChange;
  if (typeof resource.type !== 'string') throw unreadable(`${place}: ${resource.address}: type`, 'a text');
  resource.mode ??= 'managed';
  valueChange(resource.change, `${place}: ${resource.address}: change`);
  return resource;
}

function addressed(value: unknown, place: string): ActionInvocation {
  const { address } = object(value, place);
  if (typeof address !== 'string') throw unreadable(`${place}: address`, 'a text');
  return value as ActionInvocation;
}

function valueChange(value: unknown, place: string): PlannedValueChange {
  const { actions, replace_paths: paths } = object(value, place);
  if (!Array.isArray(actions) || actions.length === 0 || !actions.every((action) => typeof action === 'string'))
    throw unreadable(`${place}.actions`, 'a list of texts');
  if (paths !== undefined && !(Array.isArray(paths) && paths.every(Array.isArray)))
    throw unreadable(`${place}.replace_paths`, 'a list of lists');
  return value as PlannedValueChange;
}

function deferredChange(value: unknown, place: string): DeferredChange {
  const deferred = object(value, place);
  resourceChange(deferred.resource_change, `${place}.resource_change`);
  return value as DeferredChange;
}

function relevantAttribute(value: unknown, place: string): { resource: string } {
  if (typeof object(value, place).resource !== 'string') throw unreadable(`${place}.resource`, 'a text');
  return value as { resource: string };
}

function checkResult(value: unknown, place: string): CheckResult {
  const check = object(value, place);
  object(check.address, `${place}.address`);
  if (typeof check.status !== 'string') throw unreadable(`${place}.status`, 'a text');
  list(check.instances, `${place}.instances`, object);
  return value as CheckResult;
}

/** A field of what may be no object. */
function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Json)[name] : undefined;
}

function sensitiveVariables(configuration: unknown): string[] {
  const variables = field(field(configuration, 'root_module'), 'variables');
  if (typeof variables !== 'object' || variables === null) return [];
  return Object.entries(variables).flatMap(([name, variable]) => (field(variable, 'sensitive') === true ? [name] : []));
}

/** The data sources of a module of the state, and of those in it. */
function dataResources(module: unknown): ReadResource[] {
  const found: ReadResource[] = [];
  const resources = field(module, 'resources');
  if (Array.isArray(resources))
    for (const resource of resources) if (field(resource, 'mode') === 'data') found.push(resource as ReadResource);
  const children = field(module, 'child_modules');
  if (Array.isArray(children)) for (const child of children) found.push(...dataResources(child));
  return found;
}
