/** Object names: random suffixes for generateName, and keys. */
import { randomInt } from 'node:crypto';

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A name after a generateName prefix: the prefix cut to 58 characters and five random ones, as apiserver's SimpleNameGenerator. */
export function generatedName(prefix: string): string {
  const suffix = Array.from({ length: 5 }, () => suffixAlphabet[randomInt(suffixAlphabet.length)]).join('');
  return `${prefix.slice(0, 58)}${suffix}`;
}
