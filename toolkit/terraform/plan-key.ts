/** The secret that plan files are encrypted with and fingerprints are keyed by. */
import { hkdfSync } from 'node:crypto';
import { UserError } from '../errors.ts';

/** `openssl rand -base64 32` gives 44 characters, `openssl rand -hex 16` gives 32. */
const SHORTEST = 32;
/** A random text of that length has more; a word that is repeated has not. */
const FEWEST_DIFFERENT = 10;

/**
 * Refuses a key that could be guessed.
 *
 * @param source where it came from, as the beginning of a sentence: `Input "plan-key"`
 * @throws UserError that says how to make one, and nothing of the key
 */
export function checkPlanKey(key: string, source: string): void {
  const problem =
    key.length < SHORTEST
      ? `has ${key.length} characters`
      : new Set(key).size < FEWEST_DIFFERENT
        ? `has only ${new Set(key).size} different characters`
        : undefined;
  if (problem !== undefined)
    throw new UserError(
      `${source} ${problem}; it must be at least ${SHORTEST} random characters. Make one with \`openssl rand -base64 32\` and keep it as the secret PLAN_KEY.`,
    );
}

/**
 * A key of 32 bytes for one purpose (HKDF, RFC 5869), so that no two uses share one.
 *
 * @param salt random and not secret where every use shall have a key of its own; empty where the key must be the same
 */
export function deriveKey(key: string, purpose: 'encryption' | 'fingerprint' | 'check', salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, `moodle-high-scale/plan/${purpose}`, 32));
}
