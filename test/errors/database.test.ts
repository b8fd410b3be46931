/** Every row of docs/database-errors.md: the committed bundle as a process, in the situation that the row describes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FakeCluster, startAction } from '../../actions/install-db/test/bundle.ts';
import { DATABASE_CASES, type DatabaseCase } from './database-cases.ts';
import { cell } from './render.ts';

const page = resolve(import.meta.dirname, '../../docs/database-errors.md');
const written = existsSync(page) ? readFileSync(page, 'utf8') : '';

const HEADER = `# When the database cannot be brought up to date

What the action \`install-db\` says when it stops. Wherever an upgrade had begun, maintenance mode and cron are put back before
the Job ends, and the old pods go on serving: web pods are replaced after this action only. Run again when the cause is mended;
what is done is not done twice.

This page is generated from \`test/errors/database-cases.ts\`, like [the page of the other messages](errors.md):
\`UPDATE_DOCS=1 npm test -- test/errors\` writes it anew.

| Situation | Message |
| --- | --- |
`;

/** The one message that a run ended with. */
async function tell(one: DatabaseCase): Promise<string> {
  const cluster = new FakeCluster(one.settings);
  try {
    one.before?.(cluster);
    const run = startAction(cluster, one.inputs);
    let happened = one.during === undefined;
    const watch = setInterval(() => {
      if (happened || !cluster.created().some(({ command }) => command[1] !== 'state')) return;
      happened = true;
      one.during?.(cluster);
    }, 20);
    const { exitCode, log, outputs } = await run.done;
    clearInterval(watch);
    expect({ exitCode, outputs }).toEqual({ exitCode: 1, outputs: {} });
    const errors = [...log.matchAll(/^::error::(.*)$/gm)].map(([, message = '']) => message);
    expect(errors).toHaveLength(1);
    return (errors[0] ?? '').replaceAll('%0A', '\n').replaceAll('%25', '%');
  } finally {
    cluster.remove();
  }
}

/** Without what differs from one run to the next. */
function neutral(message: string): string {
  return message
    .replaceAll(/(moodle-database-(?:state|install|upgrade)-)[0-9a-f]{10}/g, '$1…')
    .replaceAll(/since \d{4}-\d\d-\d\dT[\d:.]+Z/g, 'since TIME')
    .replace(/^Waited \d+ s/, 'Waited 1 s')
    .replace(/within \d+ s/, 'within 8 s')
    .replaceAll(/(sha256:[ab]{4})[ab]+/g, '$1…');
}

const rows: string[] = [];

describe.each(DATABASE_CASES)('$situation', (one) => {
  test('is told in a sentence that says what to do', async () => {
    const message = neutral(await tell(one));
    rows.push(`| ${cell(one.situation)} | ${cell(message)} |`);
    const [first = ''] = message.split('\n');
    expect(first).toMatch(/^[A-Z"]/);
    expect(message).toMatch(/[.?:]/);
    expect(message).not.toMatch(/undefined|\[object|\n\s+at /);
    if (!process.env.UPDATE_DOCS) expect(written).toContain(rows.at(-1));
  }, 60_000);
});

test('at least fifteen, and docs/database-errors.md is what was seen', () => {
  expect(rows.length).toBeGreaterThanOrEqual(15);
  const rendered = `${HEADER}${rows.join('\n')}\n`;
  if (process.env.UPDATE_DOCS) writeFileSync(page, rendered);
  else expect(written).toBe(rendered);
});
