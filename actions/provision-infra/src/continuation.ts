/**
 * Whether a plan is what is left of a reviewed one that was partly applied. Pure.
 *
 * A run that was cut off has done some of the reviewed changes, and the state has moved: a new plan is smaller, knows
 * values that were "known after apply", and may have to make again what was made incompletely. It may be applied without
 * another review when every change in it is a reviewed one or the rest of one, and every reviewed change that is not in it
 * is done. Nothing else.
 */
import { sameValue } from '#toolkit/action/canonical';
import { type PlannedChanges, type ReviewedChange, reviewedChange, reviewedOutput } from './reviewed-change.ts';

/** How strictly values are compared. */
export interface ContinuationOptions {
  /** `any` where the reviewed plan was made before the values were known: then its shape was reviewed. */
  values: 'equal' | 'any';
  /** Addresses that were created by a run that was cut off, are proven to be our own, and are taken into the state now. */
  adopted: ReadonlySet<string>;
}

/** The keys of the changes that are neither reviewed nor done; empty when the plan continues the reviewed one. */
export function strayChanges(reviewed: PlannedChanges, now: PlannedChanges, options: ContinuationOptions): string[] {
  const before = changesOf(reviewed);
  const after = changesOf(now);
  const strays = [...after.values()].filter((change) => {
    const original = before.get(change.key) ?? before.get(change.address);
    return original === undefined || !isRest(original, change, options);
  });
  const left = new Set([...after.values()].map(({ address }) => address));
  const exists = existing(now);
  const undone = [...before.values()].filter(
    (change) =>
      change.key === change.address && !left.has(change.address) && !isDone(change, exists.has(change.address)),
  );
  const outputs = strayOutputs(reviewed, now, options);
  const other = (['action_invocations', 'deferred_changes'] as const).filter(
    (name) => now[name] !== undefined && !sameValue(now[name], reviewed[name]),
  );
  return [...new Set([...strays, ...undone].map(({ key }) => key)), ...outputs, ...other];
}

/** Changes by their keys. Data sources are read late or not as their inputs become known, and change nothing. */
function changesOf(plan: PlannedChanges): Map<string, ReviewedChange> {
  const changes = (plan.resource_changes ?? [])
    .filter(({ mode }) => mode === 'managed')
    .flatMap((resource) => reviewedChange(resource) ?? []);
  return new Map(changes.map((change) => [change.key, change]));
}

/** Addresses of what is in the state. */
function existing(plan: PlannedChanges): Set<string> {
  const there = (plan.resource_changes ?? []).filter(
    ({ deposed, change }) => deposed === undefined && change.before !== undefined && change.before !== null,
  );
  return new Set(there.map(({ address }) => address));
}

/** Whether a reviewed change that is no longer planned has been done: what it makes is there, what it takes is gone. */
function isDone({ actions }: ReviewedChange, exists: boolean): boolean {
  return actions.some((action) => action === 'delete' || action === 'forget') && !actions.includes('create')
    ? !exists
    : exists;
}

/** Whether a change is a reviewed one, or what is left of it. */
function isRest(reviewed: ReviewedChange, now: ReviewedChange, options: ContinuationOptions): boolean {
  if (reviewed.type !== now.type || reviewed.provider !== now.provider) return false;
  if (now.previousAddress !== undefined && now.previousAddress !== reviewed.previousAddress) return false;
  const adopted = now.importId !== undefined && options.adopted.has(now.address) && creates(reviewed);
  if (now.importId !== undefined && now.importId !== reviewed.importId && !adopted) return false;
  const same = (a: unknown, b: unknown): boolean => options.values === 'any' || sameValue(a, b);
  const after = (): boolean =>
    options.values === 'any' || refines(reviewed.after, reviewed.unknown, now.after, now.unknown);
  switch (now.actions.join(' ')) {
    case 'no-op':
      return true;
    case 'create':
      return creates(reviewed) && after();
    case 'update':
      // Of an update only what was to be updated, from what it was; of what is adopted only what was to be created.
      if (creates(reviewed)) return adopted && (options.values === 'any' || someRefine(reviewed, now));
      return isUpdate(reviewed) && (options.values === 'any' || (someRefine(reviewed, now) && someSame(reviewed, now)));
    case 'delete':
      // A replacement that makes the new before it deletes the old leaves the old behind when it is cut off.
      return now.key === reviewed.key
        ? reviewed.actions.join(' ') === 'delete' && same(reviewed.before, now.before)
        : creates(reviewed) && reviewed.actions.includes('delete');
    case 'forget':
      return reviewed.actions.join(' ') === 'forget';
    case 'delete create':
    case 'create delete':
      // What a reviewed change made and did not finish is made again.
      if (now.reason === 'replace_because_tainted' && creates(reviewed)) return after();
      return (
        reviewed.actions.join(' ') === now.actions.join(' ') &&
        (options.values === 'any' || someSame(reviewed, now)) &&
        after()
      );
    default:
      return false;
  }
}

const creates = ({ actions }: ReviewedChange): boolean => actions.includes('create');
const isUpdate = ({ actions }: ReviewedChange): boolean => actions.join(' ') === 'update';

/** Every attribute that changes now is one of the reviewed, with its reviewed value. */
function someRefine(reviewed: ReviewedChange, now: ReviewedChange): boolean {
  const names = new Set([now.after, now.before, now.unknown].flatMap((part) => Object.keys(asRecord(part))));
  return [...names].every((name) => {
    const known = Object.hasOwn(asRecord(reviewed.after), name) || asRecord(reviewed.unknown)[name] !== undefined;
    const [was, wasUnknown, is, isUnknown] = [reviewed.after, reviewed.unknown, now.after, now.unknown].map(
      (part) => asRecord(part)[name],
    );
    return known && refines(was, wasUnknown, is, isUnknown);
  });
}

/** Every attribute that changes now still has the value that it had at the review. */
function someSame(reviewed: ReviewedChange, now: ReviewedChange): boolean {
  return Object.entries(asRecord(now.before)).every(([name, value]) => {
    if (asRecord(reviewed.unknown)[name] === true) return true;
    return sameValue(asRecord(reviewed.before)[name], value);
  });
}

/**
 * Whether a planned value is the reviewed one, where a part that was not known yet may have become anything. Elements of a
 * list with such parts are also looked for in another order: a set is in the order of its values.
 */
export function refines(reviewed: unknown, reviewedUnknown: unknown, now: unknown, nowUnknown: unknown): boolean {
  if (reviewedUnknown === true) return true;
  if (nowUnknown === true) return false;
  if (reviewedUnknown === undefined) return nowUnknown === undefined && sameValue(reviewed ?? null, now ?? null);
  if (Array.isArray(reviewed) || Array.isArray(now))
    return Array.isArray(reviewed) && Array.isArray(now) && refinesList(reviewed, reviewedUnknown, now, nowUnknown);
  const parts = [reviewed, reviewedUnknown, now, nowUnknown].map(asRecord);
  const names = new Set(parts.flatMap((part) => Object.keys(part)));
  return [...names].every((name) => {
    const [was, wasUnknown, is, isUnknown] = parts.map((part) => part[name]);
    return refines(was, wasUnknown, is, isUnknown);
  });
}

function refinesList(
  reviewed: readonly unknown[],
  reviewedUnknown: unknown,
  now: readonly unknown[],
  nowUnknown: unknown,
): boolean {
  const [wasUnknown, isUnknown] = [asRecord(reviewedUnknown), asRecord(nowUnknown)];
  const fits = (was: number, is: number): boolean => refines(reviewed[was], wasUnknown[was], now[is], isUnknown[is]);
  if (reviewed.length === now.length && now.every((_, index) => fits(index, index))) return true;
  const free = new Set(reviewed.keys());
  return now.every((_, is) => {
    const found = [...free].find((was) => fits(was, is));
    return found !== undefined && free.delete(found);
  });
}

/** Outputs follow the resources: only their new values count. */
function strayOutputs(reviewed: PlannedChanges, now: PlannedChanges, { values }: ContinuationOptions): string[] {
  return Object.entries(now.output_changes ?? {}).flatMap(([name, planned]) => {
    const change = reviewedOutput(name, planned);
    if (change === undefined) return [];
    const was = reviewed.output_changes?.[name];
    const original = was === undefined ? undefined : reviewedOutput(name, was);
    const fits =
      original !== undefined &&
      (values === 'any' || refines(original.after, original.unknown, change.after, change.unknown));
    return fits ? [] : [change.key];
  });
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
