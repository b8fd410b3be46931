import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Section } from './comment-sections.ts';
import { composeComment, DETAILS_MARK, MOST_CHARACTERS, parseComment, sectionText } from './comment-text.ts';

const composition = { name: 'preview', write: '0f', runsUrl: 'https://github.com/org/app/actions/runs' };
const revision = { run: 12, attempt: 1, time: 1_764_000_000_000 };

function sectionsOf(texts: Readonly<Record<string, string>>): Map<string, Section> {
  return new Map(
    Object.entries(texts).map(([key, text]) => [key, { key, revision, commit: 'abc1234', text, isShort: false }]),
  );
}

const compose = (texts: Readonly<Record<string, string>>): string =>
  composeComment(sectionsOf(texts), composition).text;
const read = (body: string) => parseComment('preview', body);

/** Texts out of pieces that could break a comment. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(
        '\n',
        '\r\n',
        '<!-- moodle-high-scale: preview -->',
        '<!-- moodle-high-scale write: 0a -->',
        '<!-- moodle-high-scale end: development -->',
        '<!--  MOODLE-high-scale end: production -->',
        '<!-- moodle-high-scale section: production 99.9.9 evil -->',
        DETAILS_MARK,
        '```',
        '<details>',
        '-->',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('the text of a comment', () => {
  test('has its sections in the order of their keys, each with its commit and its run', () => {
    const body = compose({ production: '### production: 3 steps', development: '### development: nothing to do' });
    expect(body).toBe(`<!-- moodle-high-scale: preview -->
<!-- moodle-high-scale write: 0f -->
## What this pull request would do

<!-- moodle-high-scale section: development 12.1.1764000000000 abc1234 -->
### development: nothing to do
<!-- moodle-high-scale end: development -->

<sub>Commit \`abc1234\`, [run 12](https://github.com/org/app/actions/runs/12/attempts/1).</sub>

<!-- moodle-high-scale section: production 12.1.1764000000000 abc1234 -->
### production: 3 steps
<!-- moodle-high-scale end: production -->

<sub>Commit \`abc1234\`, [run 12](https://github.com/org/app/actions/runs/12/attempts/1).</sub>
`);
  });

  test('is read as it was written, whatever its sections hold', () => {
    fc.assert(
      fc.property(hostile, hostile, (development, production) => {
        const content = read(compose({ development, production }));
        expect(content?.write).toBe('0f');
        expect([...(content?.sections.values() ?? [])]).toEqual(
          [...sectionsOf({ development, production }).values()].map((section) => ({
            ...section,
            text: sectionText(section.text),
          })),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('stays the same when it is read and written again', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const body = compose({ a, b });
        expect(composeComment(read(body)?.sections ?? new Map(), composition).text).toBe(body);
      }),
    );
  });

  test('is never too long, and keeps the first line of every section that it can', () => {
    const texts = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,100}$/),
      fc
        .tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 5000 }), fc.nat(90_000))
        .map(([heading, head, details]) => {
          const body = `### ${'h'.repeat(heading)}\n${'t'.repeat(head)}`;
          return details === 0 ? body : `${body}\n${DETAILS_MARK}\n${'d'.repeat(details)}`;
        }),
      { maxKeys: 300 },
    );
    fc.assert(
      fc.property(texts, fc.constantFrom(MOST_CHARACTERS, 16_384), (given, mostCharacters) => {
        const { text, dropped } = composeComment(sectionsOf(given), { ...composition, mostCharacters });
        expect(text.length).toBeLessThanOrEqual(mostCharacters);
        const shown = read(text)?.sections ?? new Map<string, Section>();
        expect(shown.size + dropped.length).toBe(Object.keys(given).length);
        for (const [key, section] of shown) {
          const [first = ''] = (given[key] ?? '').split('\n');
          expect(section.text.slice(0, 100)).toContain(first.slice(0, 100));
          expect(section.isShort).toBe(section.text !== given[key]);
        }
        if (dropped.length > 0)
          expect([...shown.values()].every(({ isShort, text }) => isShort || !text.includes('\n'))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('gives up the details of the longest section first, and says where they are', () => {
    const long = `### production: 9 steps\n\ntable\n${DETAILS_MARK}\n${'x'.repeat(64_000)}`;
    const body = compose({
      development: `### development: 1 step\n${DETAILS_MARK}\n${'y'.repeat(3000)}`,
      production: long,
    });
    expect(body).toContain('y'.repeat(3000));
    expect(body).not.toContain('xx');
    expect(body).toContain('### production: 9 steps\n\ntable\n');
    expect(body).toContain('its job summary has the details, for which there was no room here');
  });

  test('counts what there is no room for at all', () => {
    const many = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`environment-${1000 + index}`, '### h']),
    );
    const { text, dropped } = composeComment(sectionsOf(many), composition);
    expect(dropped.at(-1)).toBe('environment-1399');
    expect(text).toContain(`There was no room for ${dropped.length} more sections`);
  });

  test('begins with a table over all environments that tell their phases', () => {
    const phases = (...rows: string[]): string =>
      ['### h', '', '| Phase | Plan | What would be done |', '| --- | --- | --- |', ...rows, '', 'more'].join('\n');
    const body = compose({
      development: phases(
        '| Azure | **changes** | 3 resources to create, 1 to update; form `x` |',
        '| Web | no change | - |',
      ),
      other: 'has no phases',
      production: phases('| Azure | **destroys** | 1 resource to replace |', '| Image | **changes** | build `a\\|b` |'),
    });
    expect(body).toContain(`## What this pull request would do

| Phase | development | production |
| --- | --- | --- |
| Azure | 3 resources to create, 1 to update | **destroys**: 1 resource to replace |
| Web | no change |  |
| Image |  | build |
`);
    expect(compose({ development: phases('| Azure | **changes** | 1 resource to create |') })).not.toContain(
      '| development |',
    );
  });

  test('is not ours when its marks are quoted, prefixed, of another name or not at the top', () => {
    const body = compose({ a: 'text' });
    expect(read(body)?.sections.size).toBe(1);
    for (const other of [
      body.replace(/^/gm, '> '),
      ` ${body}`,
      `\n${body}`,
      body.replace('preview -->', 'preview-2 -->'),
      body.split('\n').slice(0, 1).join('\n'),
      '',
    ])
      expect(read(other)).toBeUndefined();
  });

  test('survives a person who edits it on the web page', () => {
    const body = compose({ a: 'one\ntwo', b: 'three' });
    const edited = body.replaceAll('\n', '\r\n').replace('## What', 'A note of mine.\r\n\r\n## What');
    expect(read(edited)?.sections.get('a')?.text).toBe('one\ntwo');
    expect([...(read(body.replace('<!-- moodle-high-scale end: a -->', ''))?.sections.keys() ?? [])]).toEqual(['b']);
  });
});
