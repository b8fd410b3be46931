import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { marked } from 'marked';
import { codeBlock, escapeMarkdown, inlineCode, table } from './markdown.ts';
import { countSteps, formatSteps } from './steps.ts';
import { summarize } from './summary.ts';

const html = (markdown: string): string => marked.parse(markdown, { async: false, gfm: true });
const text = (markup: string): string =>
  markup
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('markdown', () => {
  test.each(['a|b', '**bold**', '<img src=x onerror=alert(1)>', '`x`', '[a](b)', '# head', '&amp;', '~~no~~'])(
    '%s shows as itself in a cell',
    (value) => {
      const rendered = html(table(['Head'], [[escapeMarkdown(value)]]));
      expect(text(rendered.split('<td>')[1]?.split('</td>')[0] ?? '')).toBe(value);
    },
  );

  test('nobody is notified by a plan', () => {
    expect(escapeMarkdown('@everyone')).not.toMatch(/@\w/);
  });

  test('no content ends a code block early', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z`\n~ ]{0,80}$/), (content) => {
        const rendered = html(`${codeBlock(content, 'text')}\n\nafter`);
        expect(rendered.trimEnd().endsWith('<p>after</p>')).toBe(true);
      }),
    );
  });

  test('inline code keeps any text in one span', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z`*_<]{1,30}$/), (content) => {
        const rendered = html(inlineCode(content));
        expect(text(rendered).trim()).toBe(content);
      }),
    );
  });
});

describe('steps', () => {
  const steps = [
    { action: 'create', target: 'a', reason: 'missing' },
    { action: 'create', target: 'b' },
    { action: 'approve', target: 'c', reason: '' },
  ];

  test('are counted by action', () => {
    expect(countSteps(steps)).toBe('3 steps: 2 create, 1 approve');
    expect(countSteps(steps.slice(0, 1))).toBe('1 step: 1 create');
    expect(countSteps([])).toBe('Nothing to do');
  });

  test('line up in the log', () => {
    expect(formatSteps(steps)).toEqual(['create   a  (missing)', 'create   b', 'approve  c']);
    expect(formatSteps([])).toEqual([]);
  });

  test('the summary counts what it leaves out', () => {
    const many = Array.from({ length: 250 }, (_, i) => ({ action: 'create', target: `object ${i}` }));
    const summary = summarize('Many', 'planned', many, 'The end.');
    expect(summary).toContain('**Planned, nothing done yet.** 250 steps: 250 create.');
    expect(summary).toContain('… and 50 more');
    expect(summary).not.toContain('object 200`');
    expect(summary.endsWith('The end.')).toBe(true);
  });
});
