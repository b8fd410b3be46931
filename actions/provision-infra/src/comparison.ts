/** What differs between a reviewed plan and the one that would be applied now, by resource and attribute. Pure. */

import { sameValue } from '#toolkit/action/canonical';
import type { PlanJson, PlannedValueChange } from '#toolkit/terraform/plan-format';
import type { PlanMakers } from './fingerprint.ts';
import { hidePlan } from './public-plan.ts';
import type { Redact } from './redact.ts';
import { type ReviewedChange, reviewedChange, reviewedOutput } from './reviewed-change.ts';
import type { ReviewedPlan } from './reviewed-plan.ts';

/** One resource or output. Nothing in it is secret. */
export interface PlanDifference {
  /** Address of a resource, or `output.NAME`. */
  key: string;
  /** What was to be done, such as `create`; undefined when it was not in the plan. */
  reviewed: string | undefined;
  now: string | undefined;
  attributes: AttributeDifference[];
}

/** One attribute with its values as texts. */
export interface AttributeDifference {
  path: string;
  reviewed: string;
  now: string;
}

/**
 * The differences of two plans in the given keys.
 *
 * @param redact takes secrets out of a text
 */
export function planDifferences(
  reviewed: PlanJson,
  now: PlanJson,
  keys: readonly string[],
  redact: Redact,
): PlanDifference[] {
  const [before, after] = [changesByKey(reviewed), changesByKey(now)];
  const [shownBefore, shownAfter] = [valuesByKey(hidePlan(reviewed)), valuesByKey(hidePlan(now))];
  return keys.map((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    const paths = was === undefined || is === undefined ? [] : differingPaths(was, is);
    return {
      key,
      reviewed: was?.action,
      now: is?.action,
      attributes: paths.map((path) => {
        const text = redact(textAt(shownBefore.get(key), path));
        const other = redact(textAt(shownAfter.get(key), path));
        const hidden = text === other;
        return {
          path: pathText(path),
          reviewed: hidden ? '(secret)' : text,
          now: hidden ? '(secret, another value)' : other,
        };
      }),
    };
  });
}

/** Keys in either plan whose digests differ. */
export function differingKeys(reviewed: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  const keys = new Set([...reviewed.keys(), ...now.keys()]);
  return [...keys].filter((key) => reviewed.get(key) !== now.get(key)).sort();
}

/** What else differs that a plan is made from, as sentences. */
export function inputDifferences(reviewed: ReviewedPlan, now: ReviewedPlan): string[] {
  const names = new Set([...Object.keys(reviewed.inputs.variables), ...Object.keys(now.inputs.variables)]);
  const variables = [...names]
    .filter((name) => !reviewed.provisional.includes(name))
    .filter((name) => reviewed.inputs.variables[name] !== now.inputs.variables[name])
    .sort();
  return [
    ...(variables.length === 0 ? [] : [`Variables with another value: ${variables.join(', ')}.`]),
    ...(reviewed.inputs.files === now.inputs.files ? [] : ['The files of the root, or of its variables, are others.']),
    ...makerDifferences(reviewed.makers, now.makers),
  ];
}

function makerDifferences(reviewed: PlanMakers, now: PlanMakers): string[] {
  const sentences: string[] = [];
  if (reviewed.product !== now.product || reviewed.version !== now.version)
    sentences.push(`Planned with ${reviewed.product} ${reviewed.version}, now with ${now.product} ${now.version}.`);
  const providers = new Set([...Object.keys(reviewed.providers), ...Object.keys(now.providers)]);
  for (const name of [...providers].sort()) {
    const [was = 'none', is = 'none'] = [reviewed.providers[name], now.providers[name]];
    if (was !== is) sentences.push(`Provider ${name} was ${was} and is ${is}.`);
  }
  if (reviewed.lockFile !== now.lockFile) sentences.push('The lock file of the providers is another.');
  if (!sameValue(reviewed.options, now.options) || reviewed.refreshOnly !== now.refreshOnly)
    sentences.push(`Planned with the options ${optionsOf(reviewed)}, now with ${optionsOf(now)}.`);
  return sentences;
}

function optionsOf({ options, refreshOnly }: PlanMakers): string {
  return [...(refreshOnly ? ['refresh-only'] : []), ...options].join(' ') || 'none';
}

interface Comparable extends Pick<ReviewedChange, 'before' | 'after' | 'unknown'> {
  action: string;
}

/** Every change as it was planned, by the keys that digests have too. */
function valuesByKey(plan: PlanJson): Map<string, PlannedValueChange> {
  const values = new Map<string, PlannedValueChange>();
  const key = (address: string, deposed: string | undefined): string =>
    deposed === undefined ? address : `${address} (deposed ${deposed})`;
  for (const { address, deposed, change } of plan.resource_drift)
    values.set(`drift of ${key(address, deposed)}`, change);
  for (const { address, deposed, change } of plan.resource_changes) values.set(key(address, deposed), change);
  for (const [name, change] of Object.entries(plan.output_changes)) values.set(`output.${name}`, change);
  return values;
}

function changesByKey(plan: PlanJson): Map<string, Comparable> {
  const changes = new Map<string, Comparable>();
  const add = (prefix: string, change: ReviewedChange | undefined): void => {
    if (change !== undefined) changes.set(`${prefix}${change.key}`, { ...change, action: actionWord(change) });
  };
  for (const resource of plan.resource_drift) add('drift of ', reviewedChange(resource));
  for (const resource of plan.resource_changes) add('', reviewedChange(resource));
  for (const [name, planned] of Object.entries(plan.output_changes)) {
    const change = reviewedOutput(name, planned);
    if (change !== undefined) changes.set(change.key, { ...change, action: change.actions.join(' and ') });
  }
  return changes;
}

function actionWord({ actions, importId, previousAddress }: ReviewedChange): string {
  const words = actions.includes('create') && actions.includes('delete') ? ['replace'] : [...actions];
  if (importId !== undefined) words.push('import');
  if (previousAddress !== undefined) words.push(`move from ${previousAddress}`);
  return words.filter((word) => word !== 'no-op').join(' and ');
}

/** A way into a change: `before` or `after`, then names and indexes. */
type Path = readonly string[];

function differingPaths(was: Comparable, is: Comparable): Path[] {
  const found: Path[] = [];
  descend(['after'], [was.after, was.unknown], [is.after, is.unknown], found);
  descend(['before'], [was.before, undefined], [is.before, undefined], found);
  return found;
}

type Side = readonly [value: unknown, unknown: unknown];

/** Goes down as long as both sides are objects or lists, so that only what differs is named. */
function descend(path: Path, [was, wasUnknown]: Side, [is, isUnknown]: Side, found: Path[]): void {
  if (sameValue(wasUnknown, isUnknown) && sameValue(was ?? null, is ?? null)) return;
  const isLeaf = wasUnknown === true || isUnknown === true || !isNested(was) || !isNested(is);
  if (isLeaf) {
    found.push(path);
    return;
  }
  const names = new Set([was, is, wasUnknown, isUnknown].flatMap((part) => (isNested(part) ? Object.keys(part) : [])));
  for (const name of names)
    descend(
      [...path, name],
      [fieldOf(was, name), fieldOf(wasUnknown, name)],
      [fieldOf(is, name), fieldOf(isUnknown, name)],
      found,
    );
}

/** Longer values say no more to a reader of a comparison. */
const LONGEST_VALUE = 200;

function textAt(change: PlannedValueChange | undefined, [part = '', ...path]: Path): string {
  let value: unknown = fieldOf(change, part);
  let unknown: unknown = part === 'after' ? change?.after_unknown : undefined;
  for (const name of path) {
    if (unknown === true) break;
    value = fieldOf(value, name);
    unknown = fieldOf(unknown, name);
  }
  if (unknown === true) return '(known after apply)';
  if (value === undefined) return '(none)';
  const text = JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`;
}

/** `after` goes without saying. */
function pathText([part, ...path]: Path): string {
  const text = path.reduce(
    (so, name) => (/^\d+$/.test(name) ? `${so}[${name}]` : so === '' ? name : `${so}.${name}`),
    '',
  );
  return part === 'before' ? `${text} (so far)`.trimStart() : text === '' ? '(value)' : text;
}

function fieldOf(value: unknown, name: string): unknown {
  return isNested(value) && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
