import { setTimeout as delay } from 'node:timers/promises';

/** Long enough for a machine that does much else. */
const LONGEST_MILLISECONDS = 60_000;

/** Looks until the answer is the wanted one; fails with the last answer after a minute. */
export async function until(look: () => string, wanted: string): Promise<void> {
  const end = Date.now() + LONGEST_MILLISECONDS;
  while (Date.now() < end) {
    if (look() === wanted) return;
    await delay(100);
  }
  throw new Error(`waited for ${wanted}, and saw ${look()}`);
}
