import { resolve } from 'node:path';

/** List prices that were found published, of several regions and dates. */
export const PUBLISHED_PRICES = resolve(import.meta.dirname, 'prices.json');
