/** How far the fault tests go: among all tests one case of each fault, by `npm run redis-faults` all of them. */

/** Whether every case is wanted. jest.redis-faults.config.js says so. */
export const IS_FULL = process.env.REDIS_FAULTS === 'full';

/** Keys in a cluster, at least one in nearly every slot. */
export const KEYS = IS_FULL ? 1_000_000 : 50_000;

/** How often a resharding is killed. */
export const KILLS = IS_FULL ? 20 : 3;
