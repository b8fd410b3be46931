/** A plan as it is remembered from the review to the apply. Pure. */
import { hash } from 'node:crypto';
import { canonicalText } from '#toolkit/action/canonical';
import type { PlanJson, ResourceChange } from '#toolkit/terraform/plan-format';
import type { PlanMakers } from './fingerprint.ts';

/** What a plan was made from; kept as digests. */
export interface PlanInputs {
  /** Digest of each variable's value, by its name. */
  variables: Readonly<Record<string, string>>;
  /** Digest of the root's files. */
  files: string;
}

/** What crosses the gate beside Terraform's own file, encrypted with it: values may be secret. */
export interface ReviewedPlan {
  fingerprint: string;
  changes: PlanJson;
  makers: PlanMakers;
  inputs: PlanInputs;
  /** Variables whose values were not known when the plan was made; not empty makes it provisional. */
  provisional: readonly string[];
}

/** The digests of variables. */
export function variableDigests(variables: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, hash('sha256', canonicalText(value))]),
  );
}

/** The names among `knownLater` that have no value yet. */
export function notKnownYet(knownLater: readonly string[], variables: Readonly<Record<string, unknown>>): string[] {
  return knownLater.filter(
    (name) => variables[name] === undefined || variables[name] === null || variables[name] === '',
  );
}

/** The plan without what stays as it is, which is most of a large one. */
export function changesOnly(plan: PlanJson): PlanJson {
  const changing = ({ change, previous_address: moved }: ResourceChange): boolean =>
    moved !== undefined || change.importing !== undefined || change.actions.some((action) => action !== 'no-op');
  return { ...plan, resource_changes: plan.resource_changes.filter(changing) };
}
