/**
 * What of a plan matters to whoever reviews it: the changes, each reduced to what it does. Pure.
 *
 * Left out on purpose: resources that stay as they are; attributes that a change leaves as they are, which drift by
 * themselves (times, states, entity tags); of what is deleted all but its id; the value that an attribute has now when the
 * new one is not known yet; why Terraform does it; which values are sensitive.
 */

import { canonicalText, sameValue } from '#toolkit/action/canonical';
import type { PlanJson, PlannedValueChange, ResourceChange } from '#toolkit/terraform/plan-format';

/** The parts of a plan that are read here. */
export type PlannedChanges = Partial<
  Pick<
    PlanJson,
    | 'terraform_version'
    | 'resource_changes'
    | 'resource_drift'
    | 'output_changes'
    | 'action_invocations'
    | 'deferred_changes'
  >
> & { variables?: Readonly<Record<string, unknown>> };

/** One change, reduced. Values may be secret. */
export interface ReviewedChange {
  /** Unique in a plan: the address, and for what a replacement left behind its key. */
  key: string;
  address: string;
  type: string;
  provider: string;
  actions: readonly string[];
  /** Why Terraform does it; not part of what is compared. */
  reason: string;
  previousAddress: string | undefined;
  /** What is imported, as text. */
  importId: string | undefined;
  replacePaths: readonly unknown[];
  /** Attributes as they are, only those that change; of what is deleted or replaced the id as well. */
  before: unknown;
  /** Attributes as they will be; for an update only those that change. */
  after: unknown;
  /** `true` where a value is not known yet, at any depth; undefined where all are known. */
  unknown: unknown;
}

/** The change of a resource; undefined when there is nothing to review. */
export function reviewedChange(resource: ResourceChange): ReviewedChange | undefined {
  const { address, deposed, change, previous_address: previousAddress } = resource;
  const importId = change.importing === undefined ? undefined : canonicalText(change.importing);
  const stays = change.actions.every((action) => action === 'no-op');
  if (stays && previousAddress === undefined && importId === undefined) return undefined;
  return {
    key: deposed === undefined ? address : `${address} (deposed ${deposed})`,
    address,
    type: resource.type,
    provider: resource.provider_name ?? '',
    actions: change.actions,
    reason: resource.action_reason ?? '',
    previousAddress,
    importId,
    replacePaths: change.replace_paths ?? [],
    ...valuesOf(change, stays),
  };
}

/** An output's change; undefined when it stays as it is. */
export function reviewedOutput(
  name: string,
  change: PlannedValueChange,
): Pick<ReviewedChange, 'key' | 'actions' | 'before' | 'after' | 'unknown'> | undefined {
  if (change.actions.every((action) => action === 'no-op')) return undefined;
  return { key: `output.${name}`, actions: change.actions, ...valuesOf(change, false) };
}

function valuesOf(change: PlannedValueChange, stays: boolean): Pick<ReviewedChange, 'before' | 'after' | 'unknown'> {
  if (stays) return { before: undefined, after: undefined, unknown: undefined };
  const { before, after, actions } = change;
  const unknown = known(change.after_unknown);
  if (!isObject(before)) return { before: unknown === true ? undefined : before, after, unknown };
  if (!isObject(after)) return { before: identityOf(before), after, unknown };
  const isUpdate = actions.length === 1 && actions[0] === 'update';
  const unknowns = isObject(unknown) ? unknown : {};
  const changed: Record<'before' | 'after', Record<string, unknown>> = { before: {}, after: {} };
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const same = unknowns[name] === true || (unknowns[name] === undefined && sameValue(before[name], after[name]));
    // Which one is replaced. In its place among the others: what is in order need not be sorted.
    if (same && (isUpdate || name !== 'id')) continue;
    if (Object.hasOwn(before, name)) put(changed.before, name, before[name]);
    if (Object.hasOwn(after, name)) put(changed.after, name, after[name]);
  }
  return isUpdate ? { ...changed, unknown } : { before: changed.before, after, unknown };
}

/** What is taken away is one object; what it was like changes nothing, and another identity may read less of it. */
function identityOf(before: Record<string, unknown>): Record<string, unknown> {
  return Object.hasOwn(before, 'id') ? { id: before.id } : before;
}

/** Assigning to `__proto__` would set something else; defining every other name would be slow. */
function put(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** `after_unknown` without the places that say nothing: only what is `true`, and the way to it. */
function known(value: unknown): unknown {
  if (value === true) return true;
  if (typeof value !== 'object' || value === null) return undefined;
  let found: Record<string, unknown> | undefined;
  for (const key in value) {
    const inner = known((value as Record<string, unknown>)[key]);
    if (inner === undefined) continue;
    found ??= {};
    put(found, key, inner);
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
