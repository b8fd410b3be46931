/**
 * Server-side apply after the rules of structured-merge-diff (merge/update.go): merge the configuration into the live
 * object, prune what this manager applied before and applies no more, and refuse to change what others own.
 */

import { ApiError, type StatusCause } from './api-error.ts';
import { sameJson } from './json.ts';
import {
  describeManager,
  type ManagedFields,
  ownable,
  readManagedFields,
  sameManager,
  sameOwnership,
  withManagedFields,
  withoutManagedFields,
} from './managed-fields.ts';
import type { KubeObject } from './ports.ts';
import { resourceOfKind } from './resources.ts';
import { compareTyped } from './typed/compare.ts';
import { extractFieldSet, withNamedFields } from './typed/extract.ts';
import { difference, type FieldSet, intersection, printPath, union } from './typed/field-set.ts';
import { mergeTyped, removeFields, withoutNulls } from './typed/merge.ts';
import { type TypeRef, typeOfKind } from './typed/schema.ts';

/** How a configuration is applied. */
export interface ApplyOptions {
  manager: string;
  force: boolean;
  /** Recorded for the manager when something changed. */
  time: string;
  /** Completes the merged object before it is compared with the live one: defaults. */
  complete: (object: KubeObject) => void;
}

/**
 * The object that applying `config` to `live` gives, with its ownership; `live` itself when nothing would change. Throws a
 * conflict (409) that names every manager and field in the way.
 */
export function applyConfiguration(
  live: KubeObject | undefined,
  config: KubeObject,
  options: ApplyOptions,
): KubeObject {
  const reference = typeOfKind(config.kind);
  const wish = resourceOfKind(config.kind).status ? withoutStatus(config) : config;
  const { name, namespace } = config.metadata;
  const empty = {
    apiVersion: config.apiVersion,
    kind: config.kind,
    metadata: namespace === undefined ? { name } : { name, namespace },
  };
  const before = live === undefined ? (empty as KubeObject) : withoutManagedFields(live);
  const self: ManagedFields = {
    manager: options.manager,
    operation: 'Apply',
    apiVersion: config.apiVersion,
    subresource: '',
    time: options.time,
    fields: ownable(extractFieldSet(reference, wish)),
  };
  const entries = readManagedFields(live);
  const last = entries.find((entry) => sameManager(entry, self));
  const others = entries.filter((entry) => entry !== last);

  const merged = mergeTyped(reference, before, wish);
  const pruned = last === undefined ? merged : prune(reference, merged, last.fields, [self, ...others]);
  const { added, modified, removed } = compareTyped(reference, before, pruned);
  const written = union(added, modified);
  const conflicts = others.filter((entry) => !intersection(entry.fields, written).isEmpty());
  if (conflicts.length > 0 && !options.force) {
    throw conflictError(conflicts, written);
  }
  const remaining = others.map((entry) => ({
    ...entry,
    fields: difference(difference(entry.fields, written), removed),
  }));
  const next = withoutNulls(pruned) as KubeObject;
  options.complete(next);

  const unchanged = live !== undefined && sameJson(before, next);
  const owners = [...remaining, self].filter((entry) => !entry.fields.isEmpty());
  if (unchanged && sameOwnership(entries, owners)) {
    return live;
  }
  return withManagedFields(next, owners);
}

function withoutStatus(config: KubeObject): KubeObject {
  const { status: _status, ...rest } = config;
  return rest;
}

/** Takes out what the manager applied last time, then puts back what anyone owns now and what was never applied by it. */
function prune(reference: TypeRef, merged: unknown, last: FieldSet, owners: readonly ManagedFields[]): unknown {
  const named = (fields: FieldSet) => withNamedFields(fields, reference);
  const everything = named(extractFieldSet(reference, merged));
  const gone = (value: unknown) => difference(everything, named(extractFieldSet(reference, value)));
  const bare = removeFields(reference, merged, named(last));
  const owned = owners.map((entry) => named(entry.fields)).reduce(union);
  const withOwned = removeFields(reference, merged, difference(gone(bare), owned));
  return removeFields(reference, merged, intersection(gone(withOwned), named(last)));
}

function conflictError(conflicts: readonly ManagedFields[], written: FieldSet): ApiError {
  const all = conflicts.flatMap((entry) =>
    [...intersection(entry.fields, written).paths()].map((path) => ({
      who: describeManager(entry),
      path: printPath(path),
    })),
  );
  const causes: StatusCause[] = all.map(({ who, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${who}`,
    field: path,
  }));
  const [first] = all;
  if (all.length === 1 && first !== undefined) {
    const message = `Apply failed with 1 conflict: conflict with ${first.who}: ${first.path}`;
    return new ApiError(409, 'Conflict', message, { causes });
  }
  const lines = [...new Set(all.map(({ who }) => who))]
    .sort()
    .flatMap((who) => [
      `conflicts with ${who}:`,
      ...all.filter((conflict) => conflict.who === who).map(({ path }) => `- ${path}`),
    ]);
  return new ApiError(409, 'Conflict', `Apply failed with ${all.length} conflicts: ${lines.join('\n')}`, { causes });
}
