/** A plan as steps. Pure; no value of any attribute gets in, only names, since values may be secret. */
import type { Step } from '#toolkit/action/steps';
import type { PlanJson, ResourceChange } from '#toolkit/terraform/plan-json';

/** What happens to a resource. `move` and `forget` change the state only. */
export type ChangeAction = 'replace' | 'delete' | 'forget' | 'create' | 'update' | 'import' | 'move';

/** One resource that changes. */
export interface Change {
  address: string;
  type: string;
  action: ChangeAction;
  reason: string;
}

/** What loses something comes first: it is what a reader must not miss. */
const ORDER: readonly ChangeAction[] = ['replace', 'delete', 'forget', 'update', 'create', 'import', 'move'];
/** Attribute names in one reason. */
const MOST_NAMES = 6;

/** Terraform's reasons (internal/plans/action_reason.go), in words. */
const REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: 'was not created completely the last time',
  replace_because_cannot_update: 'cannot be changed in place',
  replace_by_request: 'replacement was asked for',
  replace_by_triggers: 'something it depends on by replace_triggered_by changes',
  delete_because_no_resource_config: 'no longer in the configuration',
  delete_because_no_module: 'its module is no longer in the configuration',
  delete_because_wrong_repetition: 'count or for_each was added or removed',
  delete_because_count_index: 'beyond count',
  delete_because_each_key: 'no longer in for_each',
  delete_because_no_move_target: 'moved to an address that is not in the configuration',
};

/** The changes of a plan, the dangerous first, then by address. Reads of data sources are not changes. */
export function changesOf(plan: PlanJson): Change[] {
  return plan.resource_changes
    .filter(({ mode }) => mode === 'managed')
    .flatMap((resource) => {
      const action = actionOf(resource);
      return action === undefined
        ? []
        : [{ address: resource.address, type: resource.type, action, reason: reasonOf(resource, action) }];
    })
    .sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action) || compare(a.address, b.address));
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Terraform's list of actions as one; an action of a later version is shown by its own name under `update`. */
function actionOf({ change, previous_address }: ResourceChange): ChangeAction | undefined {
  const { actions } = change;
  if (actions.includes('delete') && actions.includes('create')) return 'replace';
  const [action] = actions;
  switch (action) {
    case 'create':
    case 'delete':
    case 'forget':
      return action;
    case 'no-op':
      if (change.importing !== undefined) return 'import';
      return previous_address === undefined ? undefined : 'move';
    case 'read':
      return undefined;
    default:
      return 'update';
  }
}

function reasonOf({ change, previous_address, action_reason }: ResourceChange, action: ChangeAction): string {
  const parts: string[] = [];
  const told = action_reason === undefined ? undefined : REASONS[action_reason];
  if (action === 'replace' && change.replace_paths !== undefined && change.replace_paths.length > 0)
    parts.push(`${listNames(change.replace_paths.map(([first]) => String(first)))} cannot be changed in place`);
  else if (told !== undefined) parts.push(told);
  if (action === 'update') parts.push(listNames(changedNames(change)));
  if (change.importing !== undefined) parts.push('imported');
  if (previous_address !== undefined) parts.push(`was ${previous_address}`);
  return parts.filter((part) => part !== '').join('; ');
}

/** Top-level attributes that differ or are not known yet. */
function changedNames({ before, after, after_unknown }: ResourceChange['change']): string[] {
  const [old, next, unknown] = [before, after, after_unknown].map(asRecord);
  const names = new Set([...Object.keys(old ?? {}), ...Object.keys(next ?? {}), ...Object.keys(unknown ?? {})]);
  return [...names].filter(
    (name) => hasUnknown(unknown?.[name]) || JSON.stringify(old?.[name]) !== JSON.stringify(next?.[name]),
  );
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** `after_unknown` is true where a value is not known, at any depth. */
function hasUnknown(value: unknown): boolean {
  if (value === true) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnknown);
}

function listNames(names: readonly string[]): string {
  const distinct = [...new Set(names)].sort(compare);
  const shown = distinct.slice(0, MOST_NAMES).join(', ');
  return distinct.length > MOST_NAMES ? `${shown} and ${distinct.length - MOST_NAMES} more` : shown;
}

/** How many of each, for the outputs. */
export function countChanges(changes: readonly Change[]): Record<'create' | 'update' | 'replace' | 'destroy', number> {
  const count = (action: ChangeAction): number => changes.filter((change) => change.action === action).length;
  return { create: count('create'), update: count('update'), replace: count('replace'), destroy: count('delete') };
}
