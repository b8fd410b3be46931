/** What changed outside of Terraform. Pure; only names, since values may be secret. */
import type { Step } from '#toolkit/action/steps';
import type { PlanJson, ResourceChange } from '#toolkit/terraform/plan-format';
import { reviewedChange } from './reviewed-change.ts';

/** Attributes in one reason. */
const MOST_NAMES = 6;

/** The resources that drifted. */
export function driftOf(plan: PlanJson): ResourceChange[] {
  return plan.resource_drift.filter(
    ({ mode, change }) => mode === 'managed' && change.actions.some((action) => action !== 'no-op'),
  );
}

/** The steps of a plan that only takes drift into the state: none when terraform only reckoned its outputs again. */
export function driftSteps(plan: PlanJson): Step[] {
  const steps = driftOf(plan).map((resource) => ({
    action: 'accept',
    target: resource.address,
    reason: resource.change.actions.includes('delete')
      ? 'deleted outside of Terraform'
      : `changed outside of Terraform: ${namesOf(resource)}`,
  }));
  const outputs = Object.entries(plan.output_changes)
    .filter(([, { actions }]) => actions.some((action) => action !== 'no-op'))
    .map(([name]) => name);
  if (steps.length > 0 || outputs.length === 0) return steps;
  return [{ action: 'accept', target: 'outputs', reason: `values changed: ${shorten(outputs)}` }];
}

function namesOf(resource: ResourceChange): string {
  const { before, after } = reviewedChange(resource) ?? {};
  return shorten(
    [before, after].flatMap((part) => (typeof part === 'object' && part !== null ? Object.keys(part) : [])),
  );
}

function shorten(names: readonly string[]): string {
  const distinct = [...new Set(names)].sort();
  const shown = distinct.slice(0, MOST_NAMES).join(', ');
  return distinct.length > MOST_NAMES ? `${shown} and ${distinct.length - MOST_NAMES} more` : shown;
}
