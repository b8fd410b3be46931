/**
 * Deletion as the API server and its garbage collector do it together: grace for pods, finalizers, dependents by
 * ownerReferences (background, foreground, orphan), and namespaces that end when they are empty.
 *
 * A real garbage collector is a little later than the deletion; here dependents go in the same call.
 */
import { copyJson } from './json.ts';
import type { KubeObject, ObjectMeta, ObjectRef } from './ports.ts';

/** Metadata fields that only deletion and creation read. */
export interface StoredMeta extends ObjectMeta {
  finalizers?: string[];
  generateName?: string;
}

/** What becomes of the dependents of a deleted object. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** How an object is to be deleted. */
export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagation?: Propagation;
}

/** The store operations that deletion is made of. */
export interface Deletable {
  peek(ref: ObjectRef): KubeObject | undefined;
  all(): readonly KubeObject[];
  replace(next: KubeObject): KubeObject;
  discard(ref: ObjectRef): void;
  timestamp(offsetSeconds?: number): string;
}

const foregroundFinalizer = 'foregroundDeletion';

/** The name of a stored object. */
export function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return { kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Finalizers of an object, in order. */
export function finalizersOf(object: KubeObject): readonly string[] {
  return (object.metadata as StoredMeta).finalizers ?? [];
}

/** Begins the deletion of an object; it is gone afterwards unless grace, a finalizer or its contents keep it. */
export function beginDeletion(store: Deletable, ref: ObjectRef, options: DeleteOptions = {}): void {
  const live = store.peek(ref);
  if (live === undefined) {
    return;
  }
  if (live.kind === 'Namespace') {
    terminateNamespace(store, live);
    return;
  }
  const grace = podGrace(live, options.gracePeriodSeconds);
  if (grace > 0) {
    markDeleted(store, live, grace, []);
    return;
  }
  const dependents = dependentsOf(store, live);
  if (options.propagation === 'Orphan') {
    for (const dependent of dependents) {
      dropOwner(store, dependent, live.metadata.uid);
    }
  } else if (options.propagation === 'Foreground' && dependents.length > 0) {
    markDeleted(store, live, 0, [foregroundFinalizer]);
    for (const dependent of dependents) {
      beginDeletion(store, refOf(dependent), { propagation: 'Foreground' });
    }
    return;
  }
  if (finalizersOf(live).length > 0) {
    markDeleted(store, live, 0, []);
    return;
  }
  finishDeletion(store, ref);
}

/** Removes an object for good, and whatever existed only for it. */
export function finishDeletion(store: Deletable, ref: ObjectRef): void {
  const live = store.peek(ref);
  if (live === undefined) {
    return;
  }
  store.discard(ref);
  for (const dependent of dependentsOf(store, live)) {
    if ((dependent.metadata.ownerReferences ?? []).length > 1) {
      dropOwner(store, dependent, live.metadata.uid);
    } else {
      beginDeletion(store, refOf(dependent));
    }
  }
  for (const owner of foregroundOwners(store, live)) {
    finishDeletion(store, refOf(owner));
  }
  const { namespace } = live.metadata;
  if (namespace !== undefined) {
    endEmptyNamespace(store, namespace);
  }
}

/** Seconds that a pod may take to end: none when it never started or has ended already (registry/core/pod strategy). */
function podGrace(live: KubeObject, asked: number | undefined): number {
  const phase = live.status?.phase;
  const unscheduled = phase === 'Pending' && live.spec?.nodeName === undefined;
  if (live.kind !== 'Pod' || unscheduled || phase === 'Succeeded' || phase === 'Failed') {
    return 0;
  }
  const own = live.spec?.terminationGracePeriodSeconds;
  return asked ?? (typeof own === 'number' ? own : 30);
}

function markDeleted(store: Deletable, live: KubeObject, grace: number, finalizers: readonly string[]): void {
  const next = copyJson(live);
  const metadata = next.metadata as StoredMeta;
  if (metadata.deletionTimestamp !== undefined && (metadata.deletionGracePeriodSeconds ?? 0) <= grace) {
    return;
  }
  metadata.deletionTimestamp = store.timestamp(grace);
  metadata.deletionGracePeriodSeconds = grace;
  if (finalizers.length > 0) {
    metadata.finalizers = [...new Set([...finalizersOf(live), ...finalizers])];
  }
  store.replace(next);
}

function dependentsOf(store: Deletable, owner: KubeObject): KubeObject[] {
  return store
    .all()
    .filter((object) => object.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid));
}

function dropOwner(store: Deletable, dependent: KubeObject, uid: string): void {
  const next = copyJson(dependent);
  next.metadata.ownerReferences = (next.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid);
  store.replace(next);
}

function foregroundOwners(store: Deletable, gone: KubeObject): KubeObject[] {
  const uids = new Set((gone.metadata.ownerReferences ?? []).map((reference) => reference.uid));
  return store
    .all()
    .filter((object) => uids.has(object.metadata.uid) && finalizersOf(object).includes(foregroundFinalizer))
    .filter((object) => dependentsOf(store, object).length === 0);
}

function terminateNamespace(store: Deletable, live: KubeObject): void {
  const { name } = live.metadata;
  if (live.metadata.deletionTimestamp === undefined) {
    const next = copyJson(live);
    next.metadata.deletionTimestamp = store.timestamp();
    next.status = { ...next.status, phase: 'Terminating' };
    store.replace(next);
  }
  for (const object of store.all().filter((candidate) => candidate.metadata.namespace === name)) {
    beginDeletion(store, refOf(object));
  }
  endEmptyNamespace(store, name);
}

function endEmptyNamespace(store: Deletable, name: string): void {
  const ref = { kind: 'Namespace', name };
  if (store.peek(ref)?.metadata.deletionTimestamp === undefined) {
    return;
  }
  if (!store.all().some((object) => object.metadata.namespace === name)) {
    store.discard(ref);
  }
}
