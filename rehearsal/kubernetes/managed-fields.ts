/** `metadata.managedFields`: who owns which fields of an object. */
import type { Json, KubeObject } from './ports.ts';
import {
  decodeFieldSet,
  difference,
  encodeFieldSet,
  equalSets,
  type FieldSet,
  fieldSetOfPaths,
} from './typed/field-set.ts';
import { isMap } from './typed/schema.ts';

/** The fields of one manager. Manager, operation, API version (of updates) and subresource together say who it is. */
export interface ManagedFields {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string;
  time: string;
  fields: FieldSet;
}

/** Fields that name or version an object: nobody owns them (managedfields/internal/stripmeta.go). */
const stripped = fieldSetOfPaths(
  [
    ['apiVersion'],
    ['kind'],
    ['metadata'],
    ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation'].map((name) => [
      'metadata',
      name,
    ]),
    ['metadata', 'managedFields'],
    ['metadata', 'resourceVersion'],
  ].map((path) => path.map((name) => `f:${name}`)),
);

/** The set without what nobody owns. */
export function ownable(fields: FieldSet): FieldSet {
  return difference(fields, stripped);
}

/** Whether both entries are of the same manager. */
export function sameManager(left: ManagedFields, right: ManagedFields): boolean {
  return (
    left.manager === right.manager &&
    left.operation === right.operation &&
    left.subresource === right.subresource &&
    (left.operation === 'Apply' || left.apiVersion === right.apiVersion)
  );
}

/** Whether both lists say the same, whatever the times. */
export function sameOwnership(left: readonly ManagedFields[], right: readonly ManagedFields[]): boolean {
  return (
    left.length === right.length &&
    left.every((entry) => right.some((other) => sameManager(entry, other) && equalSets(entry.fields, other.fields)))
  );
}

/** Reads the entries of an object. */
export function readManagedFields(object: KubeObject | undefined): ManagedFields[] {
  const entries: readonly unknown[] = object?.metadata.managedFields ?? [];
  return entries.filter(isMap).map((entry) => ({
    manager: String(entry.manager ?? ''),
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion: String(entry.apiVersion ?? ''),
    subresource: String(entry.subresource ?? ''),
    time: String(entry.time ?? ''),
    fields: decodeFieldSet(entry.fieldsV1),
  }));
}

function order(left: ManagedFields, right: ManagedFields): number {
  const key = (entry: ManagedFields) => [
    entry.operation,
    entry.time,
    entry.manager,
    entry.apiVersion,
    entry.subresource,
  ];
  const [a, b] = [key(left).join('\n'), key(right).join('\n')];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A copy of the object that carries the entries; those that own nothing are left out. */
export function withManagedFields(object: KubeObject, entries: readonly ManagedFields[]): KubeObject {
  const managedFields = entries
    .filter((entry) => !entry.fields.isEmpty())
    .sort(order)
    .map((entry) => ({
      manager: entry.manager,
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      time: entry.time,
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFieldSet(entry.fields) as Json,
      ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
    }));
  const { managedFields: _old, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(managedFields.length > 0 ? { managedFields } : {}) } };
}

/** The object without its entries, to compare and merge. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  return withManagedFields(object, []);
}

/** How conflict messages name a manager. */
export function describeManager(entry: ManagedFields): string {
  const name = `${JSON.stringify(entry.manager)}${entry.subresource === '' ? '' : ` with subresource "${entry.subresource}"`}`;
  return entry.operation === 'Update' ? `${name} using ${entry.apiVersion} at ${entry.time}` : name;
}
