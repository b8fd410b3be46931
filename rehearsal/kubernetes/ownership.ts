/** Field ownership of writes other than server-side apply: whoever changes a field owns it from then on. */
import {
  type ManagedFields,
  ownable,
  readManagedFields,
  sameManager,
  withManagedFields,
  withoutManagedFields,
} from './managed-fields.ts';
import type { KubeObject } from './ports.ts';
import { compareTyped } from './typed/compare.ts';
import { difference, equalSets, FieldSet, union } from './typed/field-set.ts';
import { typeOfKind } from './typed/schema.ts';

/** Who wrote, when, and through which subresource. */
export interface Writer {
  manager: string;
  subresource?: string;
  time: string;
}

/** `next` with `managedFields` that give the writer what differs from `live` and take it from everybody else. */
export function recordUpdate(live: KubeObject | undefined, next: KubeObject, writer: Writer): KubeObject {
  const before =
    live === undefined ? { apiVersion: next.apiVersion, kind: next.kind, metadata: {} } : withoutManagedFields(live);
  const { added, modified, removed } = compareTyped(typeOfKind(next.kind), before, withoutManagedFields(next));
  const written = union(added, modified);
  const entries = readManagedFields(live);
  const self: ManagedFields = {
    manager: writer.manager,
    operation: 'Update',
    apiVersion: next.apiVersion,
    subresource: writer.subresource ?? '',
    time: writer.time,
    fields: new FieldSet(),
  };
  const own = entries.find((entry) => sameManager(entry, self));
  const fields = ownable(difference(union(own?.fields ?? self.fields, written), removed));
  const others = entries
    .filter((entry) => entry !== own)
    .map((entry) => ({ ...entry, fields: difference(difference(entry.fields, written), removed) }));
  const mine = own !== undefined && equalSets(own.fields, fields) ? own : { ...self, fields };
  return withManagedFields(next, [...others, mine]);
}
