/** What differs between an object as it is and as it would be, as paths that people know from `kubectl explain`. Pure. */
import type { KubeObject } from './kube.ts';

/** One field that changes. An absent side means that the field is added or removed. */
export interface FieldChange {
  path: string;
  before?: string;
  after?: string;
}

/** Fields that the server keeps by itself. */
const NOISE = new Set(['managedFields', 'resourceVersion', 'uid', 'generation', 'creationTimestamp', 'selfLink']);

/** Values under names that end so are not shown. A name that goes on (`…_PASSWORD_FILE`) is of something else. */
const SECRET_NAME = /(password|passwd|secret|token|credentials?|private_?key)("\])?$/i;

const LONGEST_VALUE = 60;

/** All fields that differ, in order of their paths. */
export function changesBetween(live: KubeObject, wanted: KubeObject): FieldChange[] {
  const changes: FieldChange[] = [];
  compare(tidy(live), tidy(wanted), '', wanted.kind === 'Secret', changes);
  return changes;
}

function tidy(object: KubeObject): unknown {
  const { status: _, metadata, ...rest } = object;
  return { ...rest, metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !NOISE.has(key))) };
}

function compare(before: unknown, after: unknown, path: string, hidden: boolean, changes: FieldChange[]): void {
  if (same(before, after)) return;
  const left = entriesOf(before);
  const right = entriesOf(after);
  if (left === undefined || right === undefined || Array.isArray(before) !== Array.isArray(after)) {
    changes.push({
      path: path === '' ? '.' : path,
      ...(before === undefined ? {} : { before: show(before, hidden) }),
      ...(after === undefined ? {} : { after: show(after, hidden) }),
    });
    return;
  }
  const order = (entries: Map<string, unknown>, other: Map<string, unknown>): string =>
    [...entries.keys()].filter((key) => other.has(key)).join('');
  if (Array.isArray(after) && order(left, right) !== order(right, left)) {
    changes.push({ path: `${path} (order)`, before: order(left, right), after: order(right, left) });
  }
  for (const key of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    const secret = hidden || isSecret(key, left.get(key) ?? right.get(key));
    compare(left.get(key), right.get(key), path + key, secret, changes);
  }
}

/** A name that gives a secret away: of a text field, or of an environment variable (`{ name, value }`). */
function isSecret(key: string, value: unknown): boolean {
  if (typeof value === 'string') return SECRET_NAME.test(key);
  return isRecord(value) && typeof value.name === 'string' && 'value' in value && SECRET_NAME.test(value.name);
}

/** The value with every secret in it blotted out. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (!isRecord(value)) return value;
  const variable = isSecret('', value);
  const members = Object.entries(value).map(([key, item]) => {
    const secret = isSecret(key, item) || (variable && key === 'value');
    return [key, secret ? '(secret)' : masked(item)] as const;
  });
  return Object.fromEntries(members);
}

/** The members under their path segments: `.image`, `[web]` for list items with a name of their own, else `[0]`. */
function entriesOf(value: unknown): Map<string, unknown> | undefined {
  if (Array.isArray(value)) {
    const names = value.map((item) => (isRecord(item) && typeof item.name === 'string' ? item.name : undefined));
    const distinct = names.every((name) => name !== undefined) && new Set(names).size === names.length;
    return new Map(value.map((item, index) => [`[${distinct ? names[index] : index}]`, item]));
  }
  if (!isRecord(value)) return undefined;
  return new Map(Object.entries(value).map(([key, item]) => [/[./[\]]/.test(key) ? `["${key}"]` : `.${key}`, item]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON, whatever the order of keys. */
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (isRecord(a) && isRecord(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => same(a[key], b[key]));
  }
  return a === b;
}

function show(value: unknown, hidden: boolean): string {
  if (hidden) return '(secret)';
  const text = typeof value === 'string' ? value : JSON.stringify(masked(value));
  const line = text.replace(/\s+/g, ' ');
  return line.length > LONGEST_VALUE ? `${line.slice(0, LONGEST_VALUE - 1)}…` : line;
}

/** Changes as one line: `.spec.replicas: 2 → 5; .spec.paused removed`. */
export function describeChanges(changes: readonly FieldChange[], most = 6): string {
  const shown = changes.slice(0, most).map(({ path, before, after }) => {
    if (before === undefined) return `${path} added: ${after}`;
    if (after === undefined) return `${path} removed`;
    return `${path}: ${before} → ${after}`;
  });
  const left = changes.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}
