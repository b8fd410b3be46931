/**
 * The types of the served kinds: which fields there are, of what type, and how lists merge.
 *
 * The table comes from schema/kubernetes.json (see scripts/kubernetes-schema.mjs), that of custom resources from
 * custom-resources.ts.
 */
import { readFileSync } from 'node:fs';
import { customResources } from './custom-resources.ts';

/** A scalar type, a type's name, or `any` for content without a schema. */
export type TypeRef = string | InlineType;

/** A type written in place. */
export interface InlineType {
  fields?: Record<string, TypeRef>;
  map?: TypeRef;
  list?: TypeRef;
  keys?: string[];
  set?: true;
  atomic?: true;
  defaults?: Record<string, unknown>;
}

/** How a value is typed, with names resolved. */
export type Type =
  | { is: 'scalar'; scalar: string }
  | { is: 'any' }
  | { is: 'struct'; fields: Record<string, TypeRef>; atomic: boolean; defaults: Record<string, unknown> }
  | { is: 'map'; of: TypeRef; atomic: boolean }
  | { is: 'list'; of: TypeRef; merge: 'atomic' | 'set' | 'keys'; keys: readonly string[] };

interface SchemaFile {
  source: { package: string; version: string };
  kinds: Record<string, string>;
  types: Record<string, TypeRef>;
}

const file = JSON.parse(readFileSync(new URL('../schema/kubernetes.json', import.meta.url), 'utf8')) as SchemaFile;

const scalars = new Set(['string', 'numeric', 'boolean', 'untyped']);

/** The Kubernetes version whose schema this is, as `v1.36.4`: the client libraries' 0.36.4 belong to it. */
export const kubernetesVersion = file.source.version.replace(/^0\.(\d+\.\d+).*$/, 'v1.$1');

/** The root type of a served kind. */
export function typeOfKind(kind: string): TypeRef {
  const custom = customResources[kind];
  if (custom !== undefined) {
    return custom;
  }
  const name = file.kinds[kind];
  if (name === undefined) {
    throw new Error(`schema/kubernetes.json has no kind "${kind}": run scripts/kubernetes-schema.mjs again.`);
  }
  return name;
}

const resolved = new Map<TypeRef, Type>();

/** What a reference stands for. */
export function typeOf(reference: TypeRef): Type {
  const known = resolved.get(reference);
  if (known !== undefined) {
    return known;
  }
  const type = resolve(reference);
  resolved.set(reference, type);
  return type;
}

function resolve(reference: TypeRef): Type {
  if (reference === 'any') {
    return { is: 'any' };
  }
  if (typeof reference === 'string') {
    if (scalars.has(reference)) {
      return { is: 'scalar', scalar: reference };
    }
    const named = file.types[reference];
    if (named === undefined) {
      throw new Error(`schema/kubernetes.json has no type "${reference}".`);
    }
    return typeOf(named);
  }
  const atomic = reference.atomic === true;
  if (reference.list !== undefined) {
    const keys = reference.keys ?? [];
    return { is: 'list', of: reference.list, merge: keys.length > 0 ? 'keys' : reference.set ? 'set' : 'atomic', keys };
  }
  if (reference.map !== undefined) {
    return { is: 'map', of: reference.map, atomic };
  }
  return { is: 'struct', fields: reference.fields ?? {}, atomic, defaults: reference.defaults ?? {} };
}

/** The type of one entry of a struct, map or schemaless object; undefined for a field that a struct doesn't have. */
export function entryType(type: Type, key: string): TypeRef | undefined {
  if (type.is === 'struct') {
    return Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
  }
  return type.is === 'map' ? type.of : 'any';
}

/** Whether the value is an object with entries. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a value with this type is to merging: something with parts of its own, or one whole. */
export function shapeOf(type: Type, value: unknown): 'map' | 'list' | 'leaf' {
  if (type.is === 'struct' || type.is === 'map') {
    return type.atomic ? 'leaf' : 'map';
  }
  if (type.is === 'list') {
    return type.merge === 'atomic' ? 'leaf' : 'list';
  }
  return type.is === 'any' && isMap(value) ? 'map' : 'leaf';
}
