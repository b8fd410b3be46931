/** Every row of docs/errors.md: the committed bundle as a process, in the situation that the row describes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runAction } from '../support/action-process.ts';
import { CASES } from './cases.ts';
import { renderErrors, type Seen } from './render.ts';
import { Scene } from './scene.ts';

const page = resolve(import.meta.dirname, '../../docs/errors.md');
const written = existsSync(page) ? readFileSync(page, 'utf8') : '';
const seen: Seen[] = [];

/** Texts that must not be in a log outside of a mask. */
const SECRETS = /eyJ[\w-]{10}|viewer-token|ghs_notarealtoken|runner-request-token/;

/** The outputs that are there for a run that failed. */
const OF_FAILURES = ['failure-reason', 'frontend-stale', 'checks'];

/** What one problem must look like: a sentence with a beginning and an end, short enough to be read, no stack trace. */
function expectSentence(line: string): void {
  expect(line).toMatch(/^([A-Z0-9"]|[a-z]\S*[./:]\S* |kubectl |terraform )/);
  expect(line).toMatch(/[.?)]$/);
  expect(line.length).toBeLessThan(500);
  expect(line).not.toMatch(/\bat \S+ \(|\b\w*Error:|undefined|\[object/);
}

describe.each(CASES)('$action: $situation', ({ situation, action, prepare }) => {
  test('one sentence for each problem, exit code 1, and nothing done', async () => {
    const scene = new Scene();
    try {
      const { inputs, environment = {} } = await prepare(scene);
      const end = await runAction({ action, inputs, environment, workingDirectory: scene.workspace });
      const message = scene.neutral(end.errors.join('\n'));
      seen.push({ situation, action, message });
      expect(end.errors).toHaveLength(1);
      expect(end.exitCode).toBe(1);
      for (const line of message.split('\n')) expectSentence(line);
      expect(Object.keys(end.outputs).filter((name) => !OF_FAILURES.includes(name))).toEqual([]);
      expect(scene.writes()).toEqual([]);
      expect(end.log.replace(/^::add-mask::.*$/gm, '')).not.toMatch(SECRETS);
      if (!process.env.UPDATE_DOCS)
        expect(written).toContain(renderErrors([{ situation, action, message }]).trim().split('\n').at(-1));
    } finally {
      await scene.close();
    }
  }, 60_000);
});

test('docs/errors.md is what was seen, in the order of the cases', () => {
  expect(seen).toHaveLength(CASES.length);
  const rendered = renderErrors(seen);
  if (process.env.UPDATE_DOCS) writeFileSync(page, rendered);
  else expect(written).toBe(rendered);
});
