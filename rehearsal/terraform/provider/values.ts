/**
 * Values as they travel between Terraform and a provider: MessagePack with two extensions for what is not known yet
 * (docs/plugin-protocol/object-wire-format.md in hashicorp/terraform), and JSON for stored states.
 */
import { decode, ExtData, type ExtensionCodecType, encode } from '@msgpack/msgpack';
import type { Block, NestedBlock } from './schema.ts';

/** A value that only the apply will tell. */
export class Unknown {}
export const unknown = new Unknown();

/**
 * Lists and sets are arrays, objects and maps are objects. A number that JavaScript can't hold is its decimal text, which
 * Terraform takes for a number wherever the schema wants one.
 */
export type Value = null | boolean | number | string | Unknown | Value[] | { [name: string]: Value };
/** A resource's whole value. */
export type Values = { [name: string]: Value };

/** Extension 0 is unknown, 12 unknown with refinements; core compares values without their refinements. */
const extensions: ExtensionCodecType<undefined> = {
  tryToEncode: (value) => (value instanceof Unknown ? new ExtData(0, new Uint8Array(1)) : null),
  decode: () => unknown,
};

export function encodeValue(value: Value): Uint8Array {
  return encode(value, { extensionCodec: extensions });
}

export function decodeValue(bytes: Uint8Array): Value {
  return withoutBigints(decode(bytes, { extensionCodec: extensions, useBigInt64: true }));
}

function withoutBigints(value: unknown): Value {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (Array.isArray(value)) return value.map(withoutBigints);
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutBigints(part)]));
  return value as Value;
}

/** Reads a stored state. Digits that a JavaScript number would lose are kept as text. */
export function parseState(json: string): Value {
  // Node gives revivers the source text (ECMAScript proposal JSON.parse source text access).
  const revive = (_name: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined && !sameNumber(value, context.source)
      ? context.source
      : value;
  return JSON.parse(json, revive) as Value;
}

function sameNumber(value: number, source: string): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : String(value) === source;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

/** An object's parts; none for anything else. */
export function asValues(value: Value | undefined): Values {
  return isObject(value) ? (value as Values) : {};
}

/** Equality as the schema sees it. The order of a set does matter here: both sides come sorted from Terraform. */
export function isEqual(a: Value | undefined, b: Value | undefined): boolean {
  if (a instanceof Unknown || b instanceof Unknown) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((element, index) => isEqual(element, b[index]));
  if (isObject(a) && isObject(b)) {
    const [left, right] = [a as Values, b as Values];
    const names = Object.keys(left);
    return names.length === Object.keys(right).length && names.every((name) => isEqual(left[name], right[name]));
  }
  // A number may be text on one side and a number on the other.
  return a === b || (isScalar(a) && isScalar(b) && String(a) === String(b));
}

function isScalar(value: Value | undefined): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}

/** Gives a value every part of its block, absent ones in the form that the wire wants: null, or no blocks. */
export function conform(block: Block, given: Values): Values {
  const value: Values = {};
  for (const name of Object.keys(block.attributes)) value[name] = given[name] ?? null;
  for (const [name, nested] of Object.entries(block.blocks)) value[name] = conformNested(nested, given[name]);
  return value;
}

function conformNested({ nesting, block }: NestedBlock, given: Value | undefined): Value {
  if (nesting === 'single') return isObject(given) ? conform(block, given as Values) : null;
  return Array.isArray(given) ? given.map((element) => conform(block, asValues(element))) : [];
}
