import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderSummary, type SummaryContent } from '../src/summary.ts';

const content = (more: Partial<SummaryContent> = {}): SummaryContent => ({
  root: 'infra',
  environment: 'production',
  outcome: 'planned',
  steps: [],
  warnings: [],
  ...more,
});

/** Any text, and those that Markdown and tables are afraid of. */
const nasty = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 600 }),
  fc.constantFrom(
    '|',
    '`',
    '``` \n```',
    '<script>',
    '@everyone',
    '\n# heading',
    '\\',
    '--- | ---',
    '[x](http://y)',
    '\r\n',
  ),
);
const steps = fc.array(
  fc.record({ action: fc.constantFrom('create', 'replace', 'delete'), target: nasty, reason: nasty }),
  {
    maxLength: 40,
  },
);

describe('the summary', () => {
  test('says how it ended, counts and lists', () => {
    const text = renderSummary(
      content({
        steps: [
          { action: 'replace', target: 'x.a["k|v"]', reason: 'zone cannot be changed in place' },
          { action: 'create', target: 'x.b' },
        ],
        warnings: ['This plan replaces x.a["k|v"].'],
      }),
    );
    expect(text).toBe(
      [
        '### Infrastructure: infra (production)',
        '**Planned, nothing done yet.** 2 steps: 1 replace, 1 create.',
        '> [!WARNING]\n> This plan replaces x.a\\["k\\|v"\\].',
        '| Action | Resource | Why |\n| --- | --- | --- |\n| replace | `x.a["k\\|v"]` | zone cannot be changed in place |\n| create | `x.b` |  |',
      ].join('\n\n'),
    );
  });

  test('is never longer than its bound, and says how many rows are missing', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 2000, max: 8000 }), (rows, most) => {
        const text = renderSummary(content({ steps: rows }), most);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most);
        const shown = text.split('\n').filter((line) => /^\| (create|replace|delete) \|/.test(line)).length;
        const left = Number(/… and (\d+) more; the log/.exec(text)?.[1] ?? 0);
        expect(shown + left).toBe(rows.length);
      }),
    );
  });

  test('keeps every row one row of three cells, with no tag and no mention', () => {
    fc.assert(
      fc.property(steps, (rows) => {
        const text = renderSummary(content({ steps: rows }), 1_000_000);
        const table = text
          .split('\n')
          .filter((line) => line.startsWith('| ') && !line.startsWith('| Action') && !line.startsWith('| ---'));
        expect(table).toHaveLength(rows.length);
        for (const line of table) {
          const bare = line.replace(/\\[\\|]/g, '');
          expect(bare.match(/\|/g)).toHaveLength(4);
          const outside = bare.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '').replaceAll('<br>', '');
          expect(outside).not.toMatch(/<|@(?!\u200b)/);
        }
      }),
    );
  });

  test('a list of a thousand long addresses stays within the default', () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      action: 'create',
      target: `module.m.x["${'é'.repeat(200)}${index}"]`,
    }));
    const text = renderSummary(content({ steps: many }));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000);
    expect(text).toContain('5000 steps');
  });
});
