/** A plan in which everything secret is replaced where it stands. What also stands elsewhere is `redact.ts`'s to find. Pure. */
import type { PlanJson, PlannedValueChange, ResourceChange } from '#toolkit/terraform/plan-format';
import { REDACTED, type Redact } from './redact.ts';
import { type Hiding, hiddenAttributes, hidingInside, hidingOfAttribute, isSecretName } from './secret-rules.ts';

/** The same plan without secrets, by marks and rules. */
export function hidePlan(plan: PlanJson): PlanJson {
  const { action_invocations: invocations, deferred_changes: deferred } = plan;
  return {
    ...plan,
    resource_changes: plan.resource_changes.map(hideResource),
    resource_drift: plan.resource_drift.map(hideResource),
    output_changes: mapValues(plan.output_changes, (change, name) => hideChange(change, '', outputHiding(name))),
    ...(invocations === undefined
      ? {}
      : {
          action_invocations: invocations.map((invocation) => ({
            ...invocation,
            config_values: hideAttributes(invocation.config_values, invocation.config_sensitive, ''),
          })),
        }),
    ...(deferred === undefined
      ? {}
      : {
          deferred_changes: deferred.map((change) => ({
            ...change,
            resource_change: hideResource(change.resource_change),
          })),
        }),
    planned_values: {
      outputs: mapValues(plan.planned_values.outputs, (output, name) =>
        'value' in output ? { ...output, value: hide(output.value, output.sensitive, outputHiding(name)) } : output,
      ),
    },
    variables: mapValues(plan.variables, ({ value }, name) => ({
      value: hide(value, plan.sensitive_variables.includes(name), outputHiding(name)),
    })),
    // Whole results of questions to providers, which nobody asked for here.
    data_resources: [],
  };
}

/** The text of a plan that anybody may read. */
export function publicPlanText(plan: PlanJson, redact: Redact): string {
  return redact(JSON.stringify(hidePlan(plan)));
}

function hideResource(resource: ResourceChange): ResourceChange {
  return { ...resource, change: hideChange(resource.change, resource.type) };
}

/** @param whole for what is no resource's: how its value is hidden */
function hideChange(change: PlannedValueChange, type: string, whole?: Hiding): PlannedValueChange {
  const hidden = (value: unknown, mark: unknown): unknown =>
    whole === undefined ? hideAttributes(value, mark, type) : hide(value, mark, whole);
  const { generated_config: _, ...rest } = change;
  return {
    ...rest,
    ...('before' in change ? { before: hidden(change.before, change.before_sensitive) } : {}),
    ...('after' in change ? { after: hidden(change.after, change.after_sensitive) } : {}),
  };
}

function outputHiding(name: string): Hiding {
  return isSecretName(name) ? 'texts' : 'open';
}

function hideAttributes(value: unknown, mark: unknown, type: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return hide(value, mark, 'open');
  if (mark === true) return REDACTED;
  const rules = hiddenAttributes(type);
  return mapValues(value as Record<string, unknown>, (inner, name) =>
    hide(inner, markAt(mark, name), hidingOfAttribute(rules, name, value)),
  );
}

function hide(value: unknown, mark: unknown, hiding: Hiding): unknown {
  if (value === null || value === undefined) return value;
  if (mark === true || hiding === 'all') return REDACTED;
  if (typeof value === 'string') return hiding === 'texts' ? REDACTED : value;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((inner, index) => hide(inner, markAt(mark, String(index)), hiding));
  return mapValues(value as Record<string, unknown>, (inner, name) =>
    hide(inner, markAt(mark, name), hidingInside(hiding, name, value)),
  );
}

function markAt(mark: unknown, name: string): unknown {
  return typeof mark === 'object' && mark !== null ? (mark as Record<string, unknown>)[name] : mark;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T, name: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
