/**
 * The objects of the cluster, in memory and in a journal file, with the rules that every write obeys whoever makes it:
 * resource versions, uid, creation time, generation, defaults, ownership of fields, and deletion.
 *
 * Stored objects are never changed in place: a write stores a new object, so `peek` and `select` may hand out the stored
 * ones to readers in this folder, while the `Store` port hands out copies.
 */

import { randomUUID } from 'node:crypto';
import { alreadyExists, forbidden, invalid, notFound } from './api-error.ts';
import { type Change, ChangeLog } from './changes.ts';
import { applyDefaults, generateJobSelector } from './defaults.ts';
import {
  beginDeletion,
  type Deletable,
  type DeleteOptions,
  finalizersOf,
  finishDeletion,
  refOf,
  type StoredMeta,
} from './deletion.ts';
import { Journal, readJournal } from './journal.ts';
import { copyJson, sameJson } from './json.ts';
import { generatedName } from './names.ts';
import { recordUpdate } from './ownership.ts';
import type { KubeObject, ObjectMeta, ObjectRef, Store, StoreEvent } from './ports.ts';
import { apiVersionOf, resourceOfKind } from './resources.ts';
import { restrict } from './restrict.ts';
import { checkTyped, mergingMessage } from './typed/check.ts';
import { typeOfKind } from './typed/schema.ts';
import { checkOwnRules } from './validation/validate.ts';

/** An object that is about to be created. */
export type Draft = Omit<KubeObject, 'metadata'> & { metadata: Partial<ObjectMeta> };

const systemNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** The store; see the file's head. */
export class ClusterStore implements Store, Deletable {
  readonly #now: () => Date;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #journal: Journal | undefined;
  readonly #changes: ChangeLog;
  #version = 1;

  /** `file` keeps the objects between runs; without it they are kept in memory only. `now` is the wall clock. */
  constructor(options: { file?: string; now?: () => Date } = {}) {
    this.#now = options.now ?? (() => new Date());
    if (options.file !== undefined) {
      const { objects, version } = readJournal(options.file);
      for (const object of objects) {
        this.#kind(object.kind).set(keyOf(refOf(object)), object);
      }
      this.#version = Math.max(version, 1);
      this.#journal = new Journal(options.file, objects);
    }
    this.#changes = new ChangeLog(this.#version);
    for (const name of systemNamespaces) {
      if (this.peek({ kind: 'Namespace', name }) === undefined) {
        this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, 'kube-apiserver');
      }
    }
  }

  /** The resource version of the latest change. */
  get version(): number {
    return this.#version;
  }

  /** Closes the journal. */
  close(): void {
    this.#journal?.close();
  }

  /** RFC 3339 time in whole seconds, as metadata carries it. */
  timestamp(offsetSeconds = 0): string {
    return new Date(this.#now().getTime() + offsetSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  /** The stored object itself, to read only. */
  peek(ref: ObjectRef): KubeObject | undefined {
    return this.#objects.get(ref.kind)?.get(keyOf(ref));
  }

  /** The stored objects of a kind themselves, to read only, sorted by namespace and name. */
  select(kind: string, namespace?: string): KubeObject[] {
    const objects = [...(this.#objects.get(kind)?.entries() ?? [])];
    return objects
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, object]) => object)
      .filter((object) => namespace === undefined || object.metadata.namespace === namespace);
  }

  /** Every stored object itself, to read only. */
  all(): readonly KubeObject[] {
    return [...this.#objects.values()].flatMap((objects) => [...objects.values()]);
  }

  get(ref: ObjectRef): KubeObject | undefined {
    return copyJson(this.peek(ref));
  }

  list(kind: string, options: { namespace?: string; labels?: Record<string, string> } = {}): KubeObject[] {
    const wanted = Object.entries(options.labels ?? {});
    return this.select(kind, options.namespace)
      .filter((object) => wanted.every(([key, value]) => object.metadata.labels?.[key] === value))
      .map((object) => copyJson(object));
  }

  create(object: Draft, manager: string): KubeObject {
    const draft = copyJson(object) as KubeObject;
    const named = draft.metadata as Partial<StoredMeta>;
    if (named.name === undefined && named.generateName !== undefined) {
      named.name = generatedName(named.generateName);
    }
    applyDefaults(draft);
    refuseUnknownFields(draft);
    const causes = checkOwnRules(draft);
    if (causes.length > 0) {
      throw invalid(resourceOfKind(draft.kind), draft.metadata.name, causes);
    }
    const owned = recordUpdate(undefined, draft, { manager, time: this.timestamp() });
    return copyJson(this.insert(this.prepareInsert(owned)));
  }

  update(
    ref: ObjectRef,
    mutate: (draft: KubeObject) => void,
    options: { manager: string; subresource?: 'status' | 'scale' },
  ): KubeObject | undefined {
    const live = this.peek(ref);
    if (live === undefined) {
      return undefined;
    }
    const draft = copyJson(live);
    mutate(draft);
    const next = restrict(live, draft, options.subresource === 'status' ? 'status' : undefined);
    applyDefaults(next);
    if (sameJson(live, next)) {
      return copyJson(live);
    }
    refuseUnknownFields(next);
    const owned = recordUpdate(live, next, { ...options, time: this.timestamp() });
    return copyJson(this.replace(owned));
  }

  delete(ref: ObjectRef, options: DeleteOptions = {}): void {
    beginDeletion(this, ref, options);
  }

  remove(ref: ObjectRef): void {
    finishDeletion(this, ref);
  }

  /** Removes everything but nodes and the namespaces of the system, at once, as when the cluster itself is deleted. */
  clear(): void {
    const stays = ({ kind, metadata }: KubeObject): boolean =>
      kind === 'Node' || (kind === 'Namespace' && systemNamespaces.includes(metadata.name));
    for (const object of [...this.all()].filter((one) => !stays(one))) this.discard(refOf(object));
  }

  watch(kind: string, listener: (event: StoreEvent) => void): () => void {
    return this.observe(({ type, object }) => {
      if (kind === '*' || object.kind === kind) {
        listener({ type, object: copyJson(object) });
      }
    });
  }

  /** Calls back on every change, in order, after it is stored; returns the unsubscriber. */
  observe(observer: (change: Change) => void): () => void {
    return this.#changes.observe(observer);
  }

  /** The changes after a resource version, or undefined when it is too old to tell. */
  changesSince(version: number): Change[] | undefined {
    return this.#changes.since(version);
  }

  /** Throws unless the object's namespace takes new content. */
  requireNamespace(object: KubeObject): void {
    const { name, namespace } = object.metadata;
    if (namespace === undefined) {
      return;
    }
    const home = this.peek({ kind: 'Namespace', name: namespace });
    if (home === undefined) {
      throw notFound(resourceOfKind('Namespace'), namespace);
    }
    if (home.metadata.deletionTimestamp !== undefined) {
      const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
      throw forbidden(resourceOfKind(object.kind), name, why);
    }
  }

  /** The object as `insert` stores it: with uid, times and generation. Throws when its name is taken. */
  prepareInsert(object: KubeObject): KubeObject {
    const type = resourceOfKind(object.kind);
    const { name } = object.metadata;
    this.requireNamespace(object);
    if (this.peek(refOf(object)) !== undefined) {
      throw alreadyExists(type, name);
    }
    const prepared: KubeObject = {
      ...object,
      apiVersion: apiVersionOf(type),
      metadata: {
        ...object.metadata,
        uid: randomUUID(),
        creationTimestamp: this.timestamp(),
        ...(type.generation ? { generation: 1 } : {}),
      },
    };
    if (prepared.kind === 'Job') {
      prepared.spec = copyJson(prepared.spec ?? {});
      generateJobSelector(prepared);
    }
    return prepared;
  }

  /** Stores what `prepareInsert` gave. */
  insert(prepared: KubeObject): KubeObject {
    return this.#commit('ADDED', prepared, undefined);
  }

  /** What `replace` would store, without storing it. */
  prepareReplace(live: KubeObject, next: KubeObject): KubeObject {
    const { generation } = live.metadata;
    if (generation === undefined) {
      return next;
    }
    const changed = !sameJson(desired(live), desired(next));
    return { ...next, metadata: { ...next.metadata, generation: generation + (changed ? 1 : 0) } };
  }

  /** Stores the next version of an existing object; one that waited for its last finalizer to go is removed. */
  replace(next: KubeObject): KubeObject {
    const ref = refOf(next);
    const live = this.peek(ref);
    if (live === undefined) {
      throw notFound(resourceOfKind(next.kind), next.metadata.name);
    }
    const stored = this.#commit('MODIFIED', this.prepareReplace(live, next), live);
    const waited = finalizersOf(live).length > 0 && live.metadata.deletionTimestamp !== undefined;
    if (waited && finalizersOf(stored).length === 0) {
      finishDeletion(this, ref);
    }
    return stored;
  }

  /** Takes an object out and tells the watchers, without looking at dependents. */
  discard(ref: ObjectRef): void {
    const live = this.peek(ref);
    if (live !== undefined) {
      this.#commit('DELETED', live, live);
    }
  }

  #kind(kind: string): Map<string, KubeObject> {
    const known = this.#objects.get(kind);
    if (known !== undefined) {
      return known;
    }
    const created = new Map<string, KubeObject>();
    this.#objects.set(kind, created);
    return created;
  }

  #commit(type: StoreEvent['type'], object: KubeObject, previous: KubeObject | undefined): KubeObject {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    const stored: KubeObject = { ...object, metadata };
    const objects = this.#kind(object.kind);
    if (type === 'DELETED') {
      objects.delete(keyOf(refOf(stored)));
    } else {
      objects.set(keyOf(refOf(stored)), stored);
    }
    const change: Change = { type, object: stored, version: this.#version, ...(previous ? { previous } : {}) };
    this.#journal?.append(change);
    this.#changes.append(change);
    return stored;
  }
}

/** In-process writers are held to the schema too, so that a controller can't write what a real server would refuse. */
function refuseUnknownFields(object: KubeObject): void {
  const findings = checkTyped(typeOfKind(object.kind), object).map(mergingMessage);
  if (findings.length > 0) {
    throw new Error(`${object.kind} ${object.metadata.name}: ${findings.join('; ')}`);
  }
}

function keyOf(ref: ObjectRef): string {
  return `${ref.namespace ?? ''}/${ref.name}`;
}

/** Everything that counts as a wish: not metadata, not status. */
function desired(object: KubeObject): Record<string, unknown> {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}
