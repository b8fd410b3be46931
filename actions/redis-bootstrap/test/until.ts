import { setTimeout as delay } from 'node:timers/promises';

/** Looks until the answer is the wanted one; fails with the last answer after ten seconds. */
export async function until(look: () => string, wanted: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (look() === wanted) return;
    await delay(100);
  }
  throw new Error(`waited for ${wanted}, and saw ${look()}`);
}
