/** What a plan comes to in 64 digits, to be compared across a gate. Pure. */
import { createHash } from 'node:crypto';
import { canonicalText } from './canonical.ts';
import type { Step } from './steps.ts';

/**
 * SHA-256 of the steps and of what they would write. Two plans with one fingerprint do the same.
 *
 * @param content what a step's words leave open, such as the objects to apply, as JSON. Nothing in it may be secret: the
 *   fingerprint has no key, so that a guess at a short value could be tried
 */
export function fingerprintOf(steps: readonly Step[], content: unknown = null): string {
  return createHash('sha256')
    .update(canonicalText([steps, content]))
    .digest('hex');
}
