import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareRevisions, type Section } from './comment-sections.ts';
import { DETAILS_MARK, MOST_CHARACTERS, parseComment } from './comment-text.ts';
import { BOT, CommentWorld } from './testing/comment-world.ts';

const MARKS = '<!-- moodle-high-scale: preview -->\n<!-- moodle-high-scale write: 00 -->\nmine';

function section(key: string, run: number, text: string): Section {
  return { key, revision: { run, attempt: 1, time: run }, commit: 'abc1234', text, isShort: false };
}

/** One writer: when it starts, which section of which run it writes, and how long its text is. */
const writer = fc.record({
  startsAt: fc.integer({ min: 0, max: 6000 }),
  key: fc.constantFrom('development', 'production', 'production/infra', 'staging', 'a', 'b', 'c', 'd'),
  run: fc.integer({ min: 1, max: 3 }),
  size: fc.constantFrom(10, 500, 30_000),
});
/** A stream of numbers for everything that is left to chance. */
const chance = fc.integer().map((seed) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
});

describe('writers at the same time', () => {
  test('leave one comment with the newest of every section', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(writer, { minLength: 1, maxLength: 8, selector: ({ key, run }) => `${key} ${run}` }),
        chance,
        fc.boolean(),
        async (writers, numbers, isFaulty) => {
          const world = new CommentWorld({
            chance: numbers,
            mostLatency: 400,
            mostStaleness: 500,
            lost: isFaulty ? 0.05 : 0,
            failing: isFaulty ? 0.05 : 0,
          });
          world.write('mallory', MARKS);
          const urls = await world.run(
            writers.map(({ startsAt, key, run, size }) => {
              const text = `### ${key}: run ${run}\n${DETAILS_MARK}\n${'x'.repeat(size)}`;
              return { startsAt, sections: new Map([[key, section(key, run, text)]]) };
            }),
          );
          const [foreign, ours, ...more] = world.comments();
          expect(foreign).toMatchObject({ author: 'mallory', body: MARKS });
          expect(more).toEqual([]);
          expect(new Set(urls)).toEqual(new Set([`#${ours?.id}`]));
          expect(ours?.body.length).toBeLessThanOrEqual(MOST_CHARACTERS);
          const shown = parseComment('preview', ours?.body ?? '')?.sections;
          const newest = new Map<string, Section>();
          for (const { key, run } of writers) {
            const one = section(key, run, '');
            const known = newest.get(key);
            if (known === undefined || compareRevisions(one.revision, known.revision) > 0) newest.set(key, one);
          }
          expect([...(shown?.keys() ?? [])].sort()).toEqual([...newest.keys()].sort());
          for (const { key, revision } of newest.values()) {
            expect(shown?.get(key)?.revision).toEqual(revision);
            expect(shown?.get(key)?.text).toContain(`### ${key}: run ${revision.run}`);
          }
        },
      ),
      { numRuns: 600 },
    );
  }, 120_000);

  test('one that is alone makes one comment', async () => {
    const world = new CommentWorld({ chance: () => 0.5, mostLatency: 0, mostStaleness: 0, lost: 0, failing: 0 });
    await world.run([{ startsAt: 0, sections: new Map([['a', section('a', 1, 'text')]]) }]);
    expect(world.comments()).toEqual([{ id: 1, author: BOT, body: expect.stringContaining('text') }]);
  });
});
