/** What happens to a resource, and why, in words. Pure; only names of attributes get in, since values may be secret. */
import type { ResourceChange } from '#toolkit/terraform/plan-format';
import { shownNames } from './value-change.ts';

/** What happens to a resource. `move` and `forget` change the state only. */
export type ChangeAction = 'replace' | 'delete' | 'forget' | 'create' | 'update' | 'import' | 'move';

/** What loses something comes first: it is what a reader must not miss. */
export const ACTION_ORDER: readonly ChangeAction[] = [
  'replace',
  'delete',
  'forget',
  'update',
  'create',
  'import',
  'move',
];

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
  read_because_config_unknown: 'its arguments are known after apply',
  read_because_dependency_pending: 'something it depends on changes',
  read_because_check_nested: 'for a check',
};

/** Terraform's list of actions as one; an action of a later version is shown as an update. */
export function actionOf({ change, previous_address }: ResourceChange): ChangeAction | undefined {
  const { actions } = change;
  // Deleted and created in either order, or created and the old one forgotten.
  if (actions.length > 1 && actions.includes('create')) return 'replace';
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

export function reasonOf(resource: ResourceChange, action: ChangeAction | 'read'): string {
  const { change, previous_address, action_reason, deposed } = resource;
  const parts: string[] = [];
  const told = action_reason === undefined ? undefined : REASONS[action_reason];
  if (action === 'replace' && change.replace_paths !== undefined && change.replace_paths.length > 0)
    parts.push(`${listNames(change.replace_paths.map(([first]) => String(first)))} cannot be changed in place`);
  else if (told !== undefined) parts.push(told);
  if (action === 'replace' && change.actions.includes('forget')) parts.push('the old one is forgotten, not deleted');
  else if (action === 'replace' && change.actions[0] === 'create') parts.push('created before the old one is deleted');
  if (deposed !== undefined) parts.push('left behind by an earlier replacement');
  if (action === 'update') parts.push(listNames(changedNames(change)));
  if (change.importing !== undefined) parts.push('imported');
  if (previous_address !== undefined) parts.push(`was ${previous_address}`);
  return parts.filter((part) => part !== '').join('; ');
}

/** Top-level attributes that differ or are not known yet. */
export function changedNames(change: ResourceChange['change']): string[] {
  return shownNames({
    before: change.before ?? {},
    after: change.after ?? {},
    unknown: change.after_unknown,
    beforeMarks: change.before_sensitive,
    afterMarks: change.after_sensitive,
    hiding: 'all',
  });
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function listNames(names: readonly string[]): string {
  const distinct = [...new Set(names)].sort(compareTexts);
  const shown = distinct.slice(0, MOST_NAMES).join(', ');
  return distinct.length > MOST_NAMES ? `${shown} and ${distinct.length - MOST_NAMES} more` : shown;
}
