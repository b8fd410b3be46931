/**
 * The JSON that `terraform show -json` makes of a plan, as far as policies look at it
 * (https://developer.hashicorp.com/terraform/internals/json-format). What Terraform learns only at apply is absent.
 */

/** Arguments and attributes of a resource; nested blocks are lists of such. */
export type Values = Record<string, unknown>;

export interface Resource {
  address: string;
  type: string;
  name: string;
  index?: string | number;
  values: Values;
}

interface Module {
  resources?: Resource[];
  child_modules?: Module[];
}

/** A resource as it is written: an argument is a constant or names what it refers to. */
export interface WrittenResource {
  address: string;
  mode: 'managed' | 'data' | 'ephemeral';
  type: string;
  name: string;
  expressions?: Values;
  for_each_expression?: Values;
}

export interface Output {
  sensitive?: boolean;
  type?: unknown;
  value?: unknown;
}

export interface Plan {
  variables: Record<string, { value: unknown }>;
  planned_values: { root_module: Module; outputs: Record<string, Output> };
  resource_changes: { address: string; change: { actions: string[] } }[];
  configuration: {
    provider_config: Record<string, { full_name: string; version_constraint?: string; expressions?: Values }>;
    root_module: { resources: WrittenResource[] };
  };
  /** Written addresses with `prevent_destroy`, read from the files: Terraform's JSON leaves it out. */
  prevent_destroy: string[];
}

/** Every managed resource of the plan, or those of one type, also those in modules. */
export function resources(plan: Plan, type?: string): Resource[] {
  const inside = (module: Module): Resource[] => [
    ...(module.resources ?? []),
    ...(module.child_modules ?? []).flatMap(inside),
  ];
  const all = inside(plan.planned_values.root_module).filter(({ address }) => !/(^|\.)data\./.test(address));
  return type === undefined ? all : all.filter((resource) => resource.type === type);
}

/** The value at a path such as `identity.0.type`; undefined when there is none or it is not known yet. */
export function at(values: unknown, path: string): unknown {
  let found = values;
  for (const part of path.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Values)[part];
  }
  return found ?? undefined;
}

/** Puts a value at a path, with the blocks on the way. */
export function put(values: Values, path: string, value: unknown): void {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  let place = values;
  for (const [index, part] of parts.entries()) {
    place[part] ??= /^\d+$/.test(parts[index + 1] ?? last) ? [] : {};
    place = place[part] as Values;
  }
  place[last] = value;
}

/** A list of blocks or values at a path; empty when there is none. */
export function list(values: unknown, path: string): unknown[] {
  const found = at(values, path);
  return Array.isArray(found) ? found : [];
}

export function text(values: unknown, path: string): string {
  const found = at(values, path);
  return typeof found === 'string' ? found : '';
}

export function number(values: unknown, path: string): number {
  const found = at(values, path);
  return typeof found === 'number' ? found : 0;
}

/** How resources of a type are written in the root. */
export function written(plan: Plan, type: string): WrittenResource[] {
  return plan.configuration.root_module.resources.filter(
    (resource) => resource.type === type && resource.mode === 'managed',
  );
}

/** Everything that an expression, or all expressions inside, refer to. */
export function references(expression: unknown): string[] {
  if (Array.isArray(expression)) return expression.flatMap(references);
  if (typeof expression !== 'object' || expression === null) return [];
  return Object.entries(expression).flatMap(([key, value]) =>
    key === 'references' ? (value as string[]) : references(value),
  );
}

export function isProduction(plan: Plan): boolean {
  return plan.variables.environment?.value === 'production';
}
