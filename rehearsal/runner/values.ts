import { data } from './gha.ts';

/** A value of the expression language as plain JavaScript. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A mapping of the expression language, the shape of every context (`github`, `needs`, ...). */
export type Values = { readonly [key: string]: Value };

type ExpressionData = data.ExpressionData;

/**
 * A dictionary of the evaluator that keeps every key.
 *
 * The package's own dictionary finds keys in an object literal, so `constructor` and `__proto__` vanish, and it is
 * always case-insensitive, while the runner's `env` context is case-sensitive on Linux
 * (CaseSensitiveDictionaryContextData in actions/runner).
 */
class MapDictionary extends data.Dictionary {
  // The base class calls add() only for constructor arguments, and it gets none: these fields exist before any add.
  readonly #entries = new Map<string, { key: string; value: ExpressionData }>();
  readonly #caseSensitive: boolean;

  constructor(caseSensitive: boolean) {
    super();
    this.#caseSensitive = caseSensitive;
  }

  #name(key: string): string {
    return this.#caseSensitive ? key : key.toLowerCase();
  }

  override add(key: string, value: ExpressionData): void {
    const name = this.#name(key);
    if (!this.#entries.has(name)) this.#entries.set(name, { key, value });
  }

  override get(key: string): ExpressionData | undefined {
    return this.#entries.get(this.#name(key))?.value;
  }

  override values(): ExpressionData[] {
    return [...this.#entries.values()].map((entry) => entry.value);
  }

  override pairs(): { key: string; value: ExpressionData }[] {
    return [...this.#entries.values()];
  }
}

/** Converts a plain value to the evaluator's data; `caseSensitive` concerns the keys of the outermost mapping only. */
export function toData(value: Value | undefined, caseSensitive = false): ExpressionData {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (isList(value)) return new data.Array(...value.map((item) => toData(item)));
  const dictionary = new MapDictionary(caseSensitive);
  for (const [key, item] of Object.entries(value)) dictionary.add(key, toData(item));
  return dictionary;
}

/** Converts the evaluator's data back to a plain value. */
export function fromData(item: ExpressionData): Value {
  if (item instanceof data.StringData || item instanceof data.BooleanData || item instanceof data.NumberData)
    return item.value;
  if (item instanceof data.Array) return item.values().map(fromData);
  if (item instanceof data.Dictionary)
    return Object.fromEntries(item.pairs().map((pair) => [pair.key, fromData(pair.value)]));
  return null;
}

/** Narrows a value to a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Narrows a value to a mapping. */
export function isMapping(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text an expression's value becomes inside a string: null is empty, collections are `Array` and `Object`. */
export function toText(value: Value | undefined): string {
  return value === undefined ? '' : toData(value).coerceString();
}

/** GitHub's truth: everything but false, 0, NaN, null and the empty string. */
export function isTruthy(value: Value): boolean {
  return !(value === null || value === '' || value === false || value === 0 || Number.isNaN(value));
}
