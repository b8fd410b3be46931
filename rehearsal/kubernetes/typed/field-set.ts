/**
 * Sets of field paths, as server-side apply keeps them in `managedFields`.
 *
 * A path element is written as in the FieldsV1 format: `f:name` a field, `k:{"name":"web"}` an item of a keyed list,
 * `v:"x"` an item of a set. Following structured-merge-diff, a set knows exactly the paths put in: owning a field is not
 * owning what is below or above it.
 */
import { isMap } from './schema.ts';

/** A set of paths; the node itself stands for the path so far. */
export class FieldSet {
  member = false;
  readonly children = new Map<string, FieldSet>();

  /** The node below, made when missing. */
  at(element: string): FieldSet {
    const known = this.children.get(element);
    if (known !== undefined) {
      return known;
    }
    const created = new FieldSet();
    this.children.set(element, created);
    return created;
  }

  /** Whether no path is in the set. */
  isEmpty(): boolean {
    return !this.member && [...this.children.values()].every((child) => child.isEmpty());
  }

  /** Whether the path is in the set. */
  has(path: readonly string[]): boolean {
    let node: FieldSet | undefined = this;
    for (const element of path) {
      node = node?.children.get(element);
    }
    return node?.member === true;
  }

  /** Every path: at each level first the elements that end there, then what lies below, both sorted. */
  *paths(prefix: readonly string[] = []): Generator<readonly string[]> {
    const children = [...this.children].sort(([left], [right]) => (left < right ? -1 : 1));
    for (const [element, child] of children) {
      if (child.member) {
        yield [...prefix, element];
      }
    }
    for (const [element, child] of children) {
      yield* child.paths([...prefix, element]);
    }
  }
}

function combine(left: FieldSet | undefined, right: FieldSet | undefined, keep: (l: boolean, r: boolean) => boolean) {
  const result = new FieldSet();
  result.member = keep(left?.member ?? false, right?.member ?? false);
  for (const element of new Set([...(left?.children.keys() ?? []), ...(right?.children.keys() ?? [])])) {
    const child: FieldSet = combine(left?.children.get(element), right?.children.get(element), keep);
    if (child.member || child.children.size > 0) {
      result.children.set(element, child);
    }
  }
  return result;
}

/** The paths in either set. */
export function union(left: FieldSet, right: FieldSet): FieldSet {
  return combine(left, right, (l, r) => l || r);
}

/** The paths in the first set that are not in the second. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  return combine(left, right, (l, r) => l && !r);
}

/** The paths in both sets. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return combine(left, right, (l, r) => l && r);
}

/** Whether both hold the same paths. */
export function equalSets(left: FieldSet, right: FieldSet): boolean {
  return combine(left, right, (l, r) => l !== r).isEmpty();
}

/** A set holding the paths. */
export function fieldSetOfPaths(paths: Iterable<readonly string[]>): FieldSet {
  const result = new FieldSet();
  for (const path of paths) {
    let node = result;
    for (const element of path) {
      node = node.at(element);
    }
    node.member = true;
  }
  return result;
}

/** The FieldsV1 form: `{"f:spec":{"f:replicas":{}}}`, with `"."` where a path with others below it is in the set itself. */
export function encodeFieldSet(set: FieldSet): Record<string, unknown> {
  const children = [...set.children].sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(
    children.map(([element, child]) => {
      const below = encodeFieldSet(child);
      return [element, child.member && Object.keys(below).length > 0 ? { '.': {}, ...below } : below];
    }),
  );
}

/** Reads the FieldsV1 form. */
export function decodeFieldSet(fields: unknown): FieldSet {
  const set = new FieldSet();
  if (!isMap(fields)) {
    return set;
  }
  for (const [element, below] of Object.entries(fields)) {
    if (element === '.') {
      set.member = true;
    } else {
      const child = decodeFieldSet(below);
      child.member ||= child.children.size === 0;
      set.children.set(element, child);
    }
  }
  return set;
}

/** A path as messages print it: `.spec.containers[name="web"].args`, `.metadata.finalizers[="x"]`. */
export function printPath(path: readonly string[]): string {
  return path
    .map((element) => {
      const text = element.slice(2);
      if (element.startsWith('f:')) {
        return `.${text}`;
      }
      if (element.startsWith('v:')) {
        return `[=${text}]`;
      }
      if (element.startsWith('i:')) {
        return `[${text}]`;
      }
      const keys = Object.entries(JSON.parse(text) as Record<string, unknown>);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}
