/** Quantities (`500m`, `1Gi`) in the one form in which the API server stores them, however they were written. */
import { entryType, isMap, type TypeRef, typeOf } from './typed/schema.ts';

const quantityType = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const nano = 1_000_000_000n;

interface Parsed {
  /** In units of 10^-9, rounded up as the server does. */
  amount: bigint;
  binary: boolean;
}

function parse(given: string): Parsed | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(given);
  const [, sign, whole = '', fraction = '', suffix = ''] = match ?? [];
  if (whole === '' && fraction === '') {
    return undefined;
  }
  const binary = suffix.endsWith('i');
  const scale = binary
    ? 1024n ** BigInt(binarySuffixes.indexOf(suffix)) * nano
    : 1000n ** BigInt(decimalSuffixes.indexOf(suffix));
  const denominator = 10n ** BigInt(fraction.length);
  const amount = (BigInt(`${whole}${fraction}`) * scale + denominator - 1n) / denominator;
  return { amount: sign === '-' ? -amount : amount, binary };
}

/** A quantity as a number to compare, in units of 10^-9; zero for what is no plain quantity. */
export function quantityAmount(given: string): bigint {
  return parse(given)?.amount ?? 0n;
}

/**
 * The canonical form after apimachinery's resource.Quantity: no fraction, the largest suffix that keeps it so; binary
 * suffixes only from 1024 up. Exponents (`1e3`) and what is no quantity stay as they are; validation refuses the latter.
 */
export function canonicalQuantity(given: string): string {
  const parsed = parse(given);
  if (parsed === undefined) {
    return given;
  }
  const minus = parsed.amount < 0n ? '-' : '';
  const amount = parsed.amount < 0n ? -parsed.amount : parsed.amount;
  if (parsed.binary && amount % nano === 0n && amount / nano >= 1024n) {
    return minus + largestSuffix(amount / nano, 1024n, binarySuffixes);
  }
  return minus + largestSuffix(amount, 1000n, decimalSuffixes);
}

function largestSuffix(amount: bigint, base: bigint, suffixes: readonly string[]): string {
  if (amount === 0n) {
    return '0';
  }
  let index = 0;
  let rest = amount;
  while (rest % base === 0n && index < suffixes.length - 1) {
    rest /= base;
    index += 1;
  }
  return `${rest}${suffixes[index]}`;
}

/** Brings every quantity in a value of the type into its canonical form, in place. */
export function canonicalizeQuantities(reference: TypeRef, value: unknown): void {
  const type = typeOf(reference);
  if (type.is === 'list' && Array.isArray(value)) {
    for (const item of value) {
      canonicalizeQuantities(type.of, item);
    }
  } else if (type.is !== 'list' && type.is !== 'any' && isMap(value)) {
    for (const [key, entry] of Object.entries(value)) {
      const below = entryType(type, key);
      if (below === quantityType && (typeof entry === 'string' || typeof entry === 'number')) {
        value[key] = canonicalQuantity(String(entry));
      } else if (below !== undefined) {
        canonicalizeQuantities(below, entry);
      }
    }
  }
}
