/**
 * A plan as a reader wants it: what changes, the dangerous first; what changed outside of Terraform; outputs, failed checks
 * and what is put off. Pure. Secrets are taken out on the way in, so nothing made of a model can show one. Diffs are made
 * when they are asked for: of thousands of resources only a part is ever shown.
 */
import type { Step } from '#toolkit/action/steps';
import type { PlanJson, PlannedValueChange, ResourceChange } from '#toolkit/terraform/plan-format';
import { type Diff, diffOf } from './diff.ts';
import type { DiffLimits } from './diff-lines.ts';
import type { Redact } from './redact.ts';
import { ACTION_ORDER, actionOf, type ChangeAction, compareTexts, listNames, reasonOf } from './resource-change.ts';
import { hiddenAttributes } from './secret-rules.ts';

/** One resource that changes. */
export interface Change {
  address: string;
  type: string;
  action: ChangeAction;
  reason: string;
}

/** A change with all that can be shown of it. */
export interface ModelChange extends Change {
  /** The id under which it is imported. */
  importId?: string;
  /** Of drift: whether a planned change follows from it. */
  isRelevant?: boolean;
  diff(limits: DiffLimits): Diff;
}

/** Something that is only named. */
export interface Mention {
  address: string;
  reason: string;
}

export interface PlanModel {
  /** What is done, the dangerous first, then by address. */
  changes: readonly ModelChange[];
  /** What changed outside of Terraform; first what a planned change follows from. */
  drift: readonly ModelChange[];
  /** Data sources that are read during apply. */
  reads: readonly Mention[];
  /** Changes that another plan has to make. */
  deferred: readonly Mention[];
  /** Actions of providers that run beside the changes. */
  invocations: readonly Mention[];
  /** Checks that failed, with what they say. */
  failedChecks: readonly Mention[];
  /** Names of the outputs that change, and how. */
  outputs: { names: readonly string[]; diff(limits: DiffLimits): Diff };
  /** Whether the plan stopped at an error. */
  isErrored: boolean;
  /** Whether another plan must follow. */
  isComplete: boolean;
}

/** @param redact takes secrets out of a text; of `createRedact` with this plan */
export function planModel(plan: PlanJson, redact: Redact): PlanModel {
  const relevant = new Set(plan.relevant_attributes.map(({ resource }) => resource));
  const mention = (address = '', reason = ''): Mention => ({ address: redact(address), reason: redact(reason) });
  return {
    changes: byRisk(plan.resource_changes.flatMap((resource) => modelChange(resource, redact))),
    drift: byRisk(
      plan.resource_drift
        .flatMap((resource) => modelChange(resource, redact))
        .map((change) => ({ ...change, isRelevant: relevant.has(change.address) })),
    ).sort((a, b) => Number(b.isRelevant) - Number(a.isRelevant)),
    reads: plan.resource_changes
      .filter(({ change }) => change.actions[0] === 'read')
      .map((resource) => mention(resource.address, reasonOf(resource, 'read'))),
    deferred: (plan.deferred_changes ?? []).map(({ reason, resource_change: { address } }) =>
      mention(address, reason.replaceAll('_', ' ')),
    ),
    invocations: (plan.action_invocations ?? []).map(({ address, lifecycle_action_trigger: trigger }) =>
      mention(
        address,
        trigger === undefined
          ? ''
          : `${trigger.action_trigger_event ?? 'with'} of ${trigger.triggering_resource_address}`,
      ),
    ),
    failedChecks: plan.checks
      .filter(({ status }) => status === 'fail' || status === 'error')
      .map(({ address, instances = [] }) => {
        const problems = instances.flatMap((instance) => (instance.problems ?? []).map(({ message = '' }) => message));
        return mention(address.to_display, problems.join(' '));
      }),
    outputs: modelOutputs(plan, redact),
    isErrored: plan.errored,
    isComplete: plan.complete,
  };
}

/** The dangerous first, then by address. */
function byRisk<C extends Change>(changes: readonly C[]): C[] {
  return ACTION_ORDER.flatMap((action) =>
    changes.filter((change) => change.action === action).sort((a, b) => compareTexts(a.address, b.address)),
  );
}

/** None when nothing happens to it; only what is managed has changes. */
function modelChange(resource: ResourceChange, redact: Redact): ModelChange[] {
  const action = resource.mode === 'managed' ? actionOf(resource) : undefined;
  if (action === undefined) return [];
  const { address, type, change, deposed } = resource;
  const { importing, generated_config: config } = change;
  return [
    {
      address: redact(deposed === undefined ? address : `${address} (deposed ${deposed})`),
      type,
      action,
      reason: redact(reasonOf(resource, action)),
      ...(importing === undefined
        ? {}
        : { importId: redact(importing.id ?? JSON.stringify(importing.identity) ?? 'known after apply') }),
      diff: (limits) =>
        diffOf(
          {
            before: change.before,
            after: change.after,
            unknown: change.after_unknown,
            beforeMarks: change.before_sensitive,
            afterMarks: change.after_sensitive,
            hiding: 'open',
          },
          {
            limits,
            redact,
            hidden: hiddenAttributes(type),
            replacePaths: change.replace_paths,
            isReplacement: action === 'replace',
            generatedConfig: config,
          },
        ),
    },
  ];
}

/** All outputs as the attributes of one object. */
function modelOutputs(plan: PlanJson, redact: Redact): PlanModel['outputs'] {
  const changed = Object.entries(plan.output_changes).filter(([, { actions }]) => actions[0] !== 'no-op');
  const part = (pick: (change: PlannedValueChange) => unknown): Record<string, unknown> =>
    Object.fromEntries(changed.map(([name, change]) => [name, pick(change)]));
  return {
    names: changed.map(([name]) => redact(name)),
    diff: (limits) =>
      diffOf(
        {
          before: part(({ before }) => before),
          after: part(({ after }) => after),
          unknown: part((change) => change.after_unknown),
          beforeMarks: part((change) => change.before_sensitive),
          afterMarks: part((change) => change.after_sensitive),
          hiding: 'open',
        },
        { limits, redact },
      ),
  };
}

/** The changes of a plan as they are, for what stays in the process or is redacted later. */
export function changesOf(plan: PlanJson): Change[] {
  const changes = plan.resource_changes.flatMap((resource) => modelChange(resource, (text) => text));
  return byRisk(changes.map(({ address, type, action, reason }) => ({ address, type, action, reason })));
}

/**
 * The steps of a plan that terraform says would change something. One that changes outputs alone has one step that names
 * them; one that changes nothing we can name (a data source is read late) still has a step.
 */
export function stepsOf(plan: PlanJson, changes: readonly Change[]): Step[] {
  if (changes.length > 0) return changes.map(({ action, address, reason }) => ({ action, target: address, reason }));
  const outputs = Object.entries(plan.output_changes)
    .filter(([, { actions }]) => !actions.every((action) => action === 'no-op'))
    .map(([name]) => name);
  return [
    outputs.length === 0
      ? { action: 'update', target: 'state', reason: 'data sources are read again' }
      : { action: 'update', target: 'outputs', reason: listNames(outputs) },
  ];
}

/** How many of each, for the outputs. */
export function countChanges(changes: readonly Change[]): Record<'create' | 'update' | 'replace' | 'destroy', number> {
  const count = (action: ChangeAction): number => changes.filter((change) => change.action === action).length;
  return { create: count('create'), update: count('update'), replace: count('replace'), destroy: count('delete') };
}
