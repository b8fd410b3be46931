/** A process of its own for each measurement: `node plan-memory.ts FILE parse|comment` prints its peak of memory in MB. */
import { readFileSync } from 'node:fs';
import { comment } from './plan-work.ts';

const [file = '', work] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const answer: unknown = work === 'comment' ? comment(text) : JSON.parse(text);
// Used after the measurement, so that it cannot be collected before.
console.log(process.resourceUsage().maxRSS / 1024, typeof answer);
