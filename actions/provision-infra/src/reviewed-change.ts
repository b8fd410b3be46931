/**
 * What of a plan matters to whoever reviews it: the changes, each reduced to what it does. Pure.
 *
 * Left out on purpose: resources that stay as they are; attributes that an update leaves as they are, which drift by
 * themselves (times, states, entity tags); the value that an attribute has now when the new one is not known yet; why
 * Terraform does it; what is sensitive.
 */
import { sameValue } from './canonical.ts';

/** A change as `show -json` has it, as far as it is read here. */
export interface PlannedChange {
  actions: readonly string[];
  before?: unknown;
  after?: unknown;
  after_unknown?: unknown;
  replace_paths?: readonly unknown[] | undefined;
  importing?: { id?: string | undefined } | undefined;
}

/** A resource's change in a plan. */
export interface PlannedResource {
  address: string;
  previous_address?: string | undefined;
  mode: string;
  type: string;
  provider_name?: string | undefined;
  /** The key of an object that a replacement left behind. */
  deposed?: string | undefined;
  action_reason?: string | undefined;
  change: PlannedChange;
}

/** The parts of a plan that are read here. */
export interface PlannedChanges {
  terraform_version?: string | undefined;
  variables?: Readonly<Record<string, unknown>> | undefined;
  resource_changes?: readonly PlannedResource[] | undefined;
  resource_drift?: readonly PlannedResource[] | undefined;
  output_changes?: Readonly<Record<string, PlannedChange>> | undefined;
  /** Provider actions that run beside the changes (Terraform 1.14). */
  action_invocations?: unknown;
  /** Changes put off to a later plan. */
  deferred_changes?: unknown;
}

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
  importId: string | undefined;
  replacePaths: readonly unknown[];
  /** Attributes as they are; for an update only those that change. */
  before: unknown;
  /** Attributes as they will be; for an update only those that change. */
  after: unknown;
  /** `true` where a value is not known yet, at any depth; undefined where all are known. */
  unknown: unknown;
}

/** The change of a resource; undefined when there is nothing to review. */
export function reviewedChange(resource: PlannedResource): ReviewedChange | undefined {
  const { address, deposed, change, previous_address: previousAddress } = resource;
  const importId = change.importing === undefined ? undefined : (change.importing.id ?? '');
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
  change: PlannedChange,
): Pick<ReviewedChange, 'key' | 'actions' | 'before' | 'after' | 'unknown'> | undefined {
  if (change.actions.every((action) => action === 'no-op')) return undefined;
  return { key: `output.${name}`, actions: change.actions, ...valuesOf(change, false) };
}

function valuesOf(change: PlannedChange, stays: boolean): Pick<ReviewedChange, 'before' | 'after' | 'unknown'> {
  if (stays) return { before: undefined, after: undefined, unknown: undefined };
  const { before, after } = change;
  const unknown = known(change.after_unknown);
  const isUpdate = change.actions.length === 1 && change.actions[0] === 'update';
  if (!isUpdate || !isObject(before) || !isObject(after))
    return { before: unknown === true ? undefined : before, after, unknown };
  const unknowns = isObject(unknown) ? unknown : {};
  const reduced = { before: {}, after: {}, unknown };
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (unknowns[name] === true || (unknowns[name] === undefined && sameValue(before[name], after[name]))) continue;
    if (Object.hasOwn(before, name)) put(reduced.before, name, before[name]);
    if (Object.hasOwn(after, name)) put(reduced.after, name, after[name]);
  }
  return reduced;
}

/** Assigning to `__proto__` would set something else. */
function put(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
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
