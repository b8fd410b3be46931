/** The log of changes behind watches: a stretch of the past, and everyone who wants to hear of the next. */
import type { KubeObject, StoreEvent } from './ports.ts';

/** A change with what was there before, so that a watch with a selector can tell an object that left the selection. */
export interface Change extends StoreEvent {
  version: number;
  previous?: KubeObject;
}

/** How many changes a watch can look back at least; older resource versions are expired (410). */
const kept = 2000;

/** See the file's head. */
export class ChangeLog {
  readonly #observers = new Set<(change: Change) => void>();
  readonly #undelivered: Change[] = [];
  #history: Change[] = [];
  #delivering = false;
  #forgotten: number;

  /** `version` is the resource version before the first change. */
  constructor(version: number) {
    this.#forgotten = version;
  }

  /** The changes after a resource version, or undefined when it is too old to tell. */
  since(version: number): Change[] | undefined {
    return version < this.#forgotten ? undefined : this.#history.filter((change) => change.version > version);
  }

  /** Calls back on every change, in order; returns the unsubscriber. */
  observe(observer: (change: Change) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Remembers a change and tells it. An observer that writes causes another, which waits until all have heard this one. */
  append(change: Change): void {
    this.#remember(change);
    this.#undelivered.push(change);
    if (this.#delivering) {
      return;
    }
    this.#delivering = true;
    try {
      for (let next = this.#undelivered.shift(); next !== undefined; next = this.#undelivered.shift()) {
        for (const observer of [...this.#observers]) {
          observer(next);
        }
      }
    } finally {
      this.#delivering = false;
    }
  }

  #remember(change: Change): void {
    this.#history.push(change);
    if (this.#history.length > kept * 2) {
      this.#history = this.#history.slice(-kept);
      this.#forgotten = (this.#history[0]?.version ?? 1) - 1;
    }
  }
}
