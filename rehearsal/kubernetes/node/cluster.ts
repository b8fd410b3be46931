/**
 * The node half's view of the store: a cache that follows the watch, so that reconciling reads without copying, and the
 * writes that controllers and kubelet make, each only when it changes something.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ObjectMeta, ObjectRef, Store, StoreEvent } from '../ports.ts';
import type { Clock } from './clock.ts';
import { type Happening, recordEvent } from './events.ts';

/** An object that is about to be created. */
export type NewObject = Omit<KubeObject, 'metadata'> & { metadata: Partial<ObjectMeta> };

/** The cache and the writes; see the file's head. Objects handed out must not be changed. */
export class Cluster {
  readonly store: Store;
  readonly clock: Clock;
  readonly #kinds = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #followed = new Set<string>();
  readonly #unsubscribe: () => void;

  constructor(store: Store, clock: Clock) {
    this.store = store;
    this.clock = clock;
    this.#unsubscribe = store.watch('*', (event) => {
      if (this.#followed.has(event.object.kind)) {
        this.#remember(event);
      }
      for (const listener of [...this.#listeners]) {
        listener(event);
      }
    });
  }

  /** Calls back after every change, when the cache has it. */
  onChange(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops following the store. */
  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  /** The object as last seen, or undefined. */
  get(kind: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#kind(kind).get(keyOf(namespace, name));
  }

  /** All objects of a kind, of one namespace or of all, in no particular order. */
  list(kind: string, namespace?: string): KubeObject[] {
    const objects = [...this.#kind(kind).values()];
    return namespace === undefined ? objects : objects.filter((object) => object.metadata.namespace === namespace);
  }

  /** The objects of a kind whose controller is the given owner. */
  owned(kind: string, owner: KubeObject): KubeObject[] {
    return this.list(kind, owner.metadata.namespace).filter((object) =>
      object.metadata.ownerReferences?.some(
        (reference) => reference.controller && reference.uid === owner.metadata.uid,
      ),
    );
  }

  /** Creates an object unless one of its name is there. */
  create(object: NewObject, manager: string): KubeObject | undefined {
    const { name, namespace } = object.metadata;
    const kind = String(object.kind);
    if (name !== undefined && this.get(kind, namespace, name) !== undefined) {
      return undefined;
    }
    return this.store.create(object, manager);
  }

  /** Sets the given members of the status. */
  setStatus(object: KubeObject, status: object, manager: string): void {
    const live = this.get(object.kind, object.metadata.namespace, object.metadata.name);
    const next = { ...live?.status, ...status } as NonNullable<KubeObject['status']>;
    for (const [key, value] of Object.entries(next)) {
      if (value === undefined) {
        delete next[key];
      }
    }
    if (live === undefined || live.metadata.uid !== object.metadata.uid || isDeepStrictEqual(live.status, next)) {
      return;
    }
    this.store.update(
      refOf(object),
      (draft) => {
        draft.status = next;
      },
      { manager, subresource: 'status' },
    );
  }

  /** Changes an object outside its status. */
  change(object: KubeObject, mutate: (draft: KubeObject) => void, manager: string): void {
    this.store.update(refOf(object), mutate, { manager });
  }

  /** Sets the number of pods through the scale subresource, as autoscalers do. */
  scale(object: KubeObject, replicas: number, manager: string): void {
    this.store.update(
      refOf(object),
      (draft) => {
        draft.spec = { ...draft.spec, replicas };
      },
      { manager, subresource: 'scale' },
    );
  }

  /** Begins the deletion of an object; one that is leaving already is left alone. */
  delete(object: KubeObject): void {
    if (object.metadata.deletionTimestamp === undefined) {
      this.store.delete(refOf(object));
    }
  }

  /** Records an Event about an object. */
  report(object: KubeObject, happening: Happening, component: string): void {
    recordEvent(this, object, happening, component);
  }

  #remember({ type, object }: StoreEvent): void {
    const objects = this.#kind(object.kind);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    if (type === 'DELETED') {
      objects.delete(key);
    } else {
      objects.set(key, object);
    }
  }

  #kind(kind: string): Map<string, KubeObject> {
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      return known;
    }
    const objects = new Map<string, KubeObject>();
    this.#kinds.set(kind, objects);
    this.#followed.add(kind);
    for (const object of this.store.list(kind)) {
      objects.set(keyOf(object.metadata.namespace, object.metadata.name), object);
    }
    return objects;
  }
}

/** The name of an object as the store takes it. */
export function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return { kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** The reference by which a controller owns what it creates. */
export function controlledBy(owner: KubeObject): NonNullable<ObjectMeta['ownerReferences']>[number] {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    ...{ blockOwnerDeletion: true },
  };
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
