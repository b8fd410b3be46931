/** What a policy is, and the commonest kind: one argument of every resource of a type. */
import { isDeepStrictEqual } from 'node:util';
import { at, type Plan, put, type Resource, resources } from './plan-json.ts';

/** A rule that a plan must keep. */
export interface Policy {
  name: string;
  /** What goes wrong without it. */
  why: string;
  /** The root it is about. */
  root: 'infra' | 'infra/frontend';
  /** Where it holds; both when left out. */
  environment?: 'production';
  /** One sentence for each violation; none when the plan keeps the rule. */
  check(plan: Plan): string[];
  /** Breaks the rule in a copy of a plan: proof that `check` can fail. */
  plant(plan: Plan): void;
}

export interface ArgumentRule {
  name: string;
  why: string;
  root?: Policy['root'];
  environment?: 'production';
  type: string;
  /** Which resources of the type; all when left out. */
  where?(resource: Resource): boolean;
  /** The argument, such as `identity.0.type`. */
  path: string;
  /** The values it may have, or a test of them. An argument that is left out or unknown is undefined. */
  is: readonly unknown[] | ((value: unknown, plan: Plan) => boolean);
  /** A value it must not have. */
  planted: unknown;
}

/** A rule on one argument. A plan without such a resource breaks it too, so that a rename cannot make it idle. */
export function argument(rule: ArgumentRule): Policy {
  const { name, why, root = 'infra', environment, type, where = () => true, path, is, planted } = rule;
  const allows = (value: unknown, plan: Plan): boolean =>
    typeof is === 'function' ? is(value, plan) : is.some((one) => isDeepStrictEqual(one, value));
  const subjects = (plan: Plan): Resource[] => resources(plan, type).filter(where);
  return {
    name,
    why,
    root,
    ...(environment === undefined ? {} : { environment }),
    check(plan) {
      const found = subjects(plan);
      if (found.length === 0) return [`no ${type} that this is about`];
      return found
        .filter(({ values }) => !allows(at(values, path), plan))
        .map(({ address, values }) => `${address}: ${path} is ${JSON.stringify(at(values, path)) ?? 'not set'}`);
    },
    plant(plan) {
      put(only(subjects(plan), type).values, path, planted);
    },
  };
}

/** The first of some resources; a planted violation needs one. */
export function only(found: readonly Resource[], what: string): Resource {
  const [first] = found;
  if (first === undefined) throw new Error(`There is no ${what} to plant a violation in.`);
  return first;
}

/** The first resource of a type. */
export function one(plan: Plan, type: string, where: (resource: Resource) => boolean = () => true): Resource {
  return only(resources(plan, type).filter(where), type);
}

/** Takes resources out of a plan. */
export function drop(plan: Plan, unwanted: (resource: Resource) => boolean): void {
  const { root_module: root } = plan.planned_values;
  root.resources = (root.resources ?? []).filter((resource) => !unwanted(resource));
}

/** Puts a resource into a plan. */
export function add(plan: Plan, type: string, values: Resource['values']): void {
  plan.planned_values.root_module.resources?.push({ address: `${type}.planted`, type, name: 'planted', values });
}
