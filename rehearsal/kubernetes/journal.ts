/**
 * Keeps the store's objects in a file of JSON lines, so that a killed world finds its cluster again.
 *
 * Each change is one appended line, written before the writer of the change hears of it, as etcd would have it; only a
 * last line that was cut short by a kill is dropped on reading. Opening rewrites the file to one line an object through a
 * temporary file and a rename, so no crash leaves a half-written state.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { KubeObject, StoreEvent } from './ports.ts';

interface Line {
  type: StoreEvent['type'];
  object: KubeObject;
}

const identity = (object: KubeObject) => `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** What a journal file held: the objects, and the highest resource version that was ever given out. */
export interface JournalContents {
  objects: KubeObject[];
  version: number;
}

/** Reads a journal; a file that does not exist is an empty one. Throws when a line other than the last is damaged. */
export function readJournal(file: string): JournalContents {
  const objects = new Map<string, KubeObject>();
  let version = 0;
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const [index, text] of lines.entries()) {
    if (text === '') {
      continue;
    }
    const line = parseLine(text);
    if (line === undefined) {
      if (index < lines.length - 1) {
        throw new Error(`${file}: line ${index + 1} is damaged. Delete the file to start with an empty cluster.`);
      }
      continue;
    }
    version = Math.max(version, Number(line.object.metadata.resourceVersion));
    if (line.type === 'DELETED') {
      objects.delete(identity(line.object));
    } else {
      objects.set(identity(line.object), line.object);
    }
  }
  return { objects: [...objects.values()], version };
}

function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** The append-only file behind a store. */
export class Journal {
  readonly #descriptor: number;

  /** Rewrites `file` to hold just `objects` and opens it for appending. */
  constructor(file: string, objects: readonly KubeObject[]) {
    mkdirSync(dirname(file), { recursive: true });
    const temporary = `${file}.new`;
    writeFileSync(temporary, objects.map((object) => `${JSON.stringify({ type: 'ADDED', object })}\n`).join(''));
    renameSync(temporary, file);
    this.#descriptor = openSync(file, 'a');
  }

  append(event: StoreEvent): void {
    writeSync(this.#descriptor, `${JSON.stringify({ type: event.type, object: event.object })}\n`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
