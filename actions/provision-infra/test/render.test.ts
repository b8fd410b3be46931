import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Lexer, type Token } from 'marked';
import { parsePlan } from '#toolkit/terraform/plan-json';
import { planModel } from '../src/plan-model.ts';
import { LEAST_ROOM, type RenderOptions, renderPlan } from '../src/render.ts';
import { resource } from './golden/samples.ts';

function render(plan: object, options: Partial<RenderOptions> = {}): string {
  const parsed = parsePlan(JSON.stringify({ format_version: '1.2', ...plan }));
  const model = planModel(parsed, (text) => text);
  return renderPlan(model, { title: 'Infra', outcome: 'planned', most: 65_536, unit: 'characters', ...options });
}

/** Any text, and what Markdown, HTML, GitHub and a log are afraid of. */
const nasty = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom(...'`|<>@#:\n \\*_[]()!-+~"\''), maxLength: 30 }) },
  fc.constantFrom(
    '```',
    '\n```\n',
    '\n````\n</details>',
    '</details>',
    '</summary>',
    '<!--',
    '-->',
    '<script>alert(1)</script>',
    '@everyone',
    '#1',
    'GH-1',
    'owner/repo#1',
    '::error::x',
    '\n::set-output name=a::b',
    '##[command]',
    '\u202e',
    '\ud800',
    '> [!NOTE]',
    '\n\n# heading',
    '| a |\n| - |',
    '[x](http://y)',
    '👩‍👩‍👧‍👦',
    'مرحبا',
    '\r\n',
    '\u2028',
  ),
  fc.nat(3000).map((length) => '`'.repeat(length)),
  fc.nat(3000).map((length) => '🙂'.repeat(length)),
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    nasty,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(nasty, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const attributes = fc.dictionary(nasty, value, { maxKeys: 5 });

const anyResource = fc
  .record({
    address: nasty,
    previous: fc.option(nasty),
    actions: fc.constantFrom(['create'], ['update'], ['delete'], ['delete', 'create'], ['no-op'], ['forget'], ['read']),
    before: attributes,
    after: attributes,
    unknown: fc.dictionary(nasty, fc.constant(true), { maxKeys: 2 }),
    importing: fc.option(nasty),
    config: fc.option(nasty),
    path: fc.option(fc.array(nasty, { minLength: 1, maxLength: 2 })),
  })
  .map(({ address, previous, actions, before, after, unknown, importing, config, path }) =>
    resource(
      `x_y.${address}`,
      {
        actions,
        before: actions[0] === 'create' ? null : before,
        after: actions[0] === 'delete' ? null : after,
        after_unknown: unknown,
        ...(importing === null ? {} : { importing: { id: importing } }),
        ...(config === null ? {} : { generated_config: config }),
        ...(path === null ? {} : { replace_paths: [path] }),
      },
      previous === null ? {} : { previous_address: previous },
    ),
  );

const anyPlan = fc
  .record({
    resources: fc.array(anyResource, { maxLength: 12 }),
    copies: fc.constantFrom(1, 1, 1, 30),
    drift: fc.array(anyResource, { maxLength: 2 }),
    outputs: fc.dictionary(nasty, value, { maxKeys: 3 }),
    message: nasty,
    isComplete: fc.boolean(),
  })
  .map(({ resources, copies, drift, outputs, message, isComplete }) => ({
    resource_changes: Array.from({ length: copies }, () => resources).flat(),
    resource_drift: drift,
    output_changes: Object.fromEntries(
      Object.entries(outputs).map(([name, after]) => [name, { actions: ['create'], before: null, after }]),
    ),
    checks: [{ address: { to_display: message }, status: 'fail', instances: [{ problems: [{ message }] }] }],
    deferred_changes: resources.slice(0, 2).map((one) => ({ reason: message, resource_change: one })),
    complete: isComplete,
  }));

const anyOptions = fc.record({
  most: fc.oneof(fc.integer({ min: LEAST_ROOM, max: 12_000 }), fc.constantFrom(65_536, 1_048_576)),
  unit: fc.constantFrom('characters' as const, 'bytes' as const),
  title: nasty,
  warnings: fc.array(nasty, { maxLength: 4 }),
  outcome: fc.constantFrom('planned' as const, 'applied' as const, 'unchanged' as const),
});

/** Markdown as GitHub's parser takes it apart; HTML blocks among it. */
function tokensOf(markdown: string): Token[] {
  return new Lexer({ gfm: true }).lex(markdown);
}

/** What is wrong with the form: text of a plan that became structure. */
function malformed(markdown: string): string[] {
  const problems: string[] = [];
  let depth = 0;
  const tokens = tokensOf(markdown);
  for (const token of tokens) {
    if (token.type === 'html') {
      const tags = [...token.raw.matchAll(/<(\/?)(\w+|!--)[^>]*>/g)].map(([tag]) => tag);
      for (const tag of tags) {
        if (tag.startsWith('<details')) depth += 1;
        else if (tag === '</details>') depth -= 1;
        else if (!/^<\/?(summary|code|b)>$/.test(tag)) problems.push(`tag ${tag}`);
      }
      if (depth < 0) problems.push('a fold is closed that is not open');
    } else if (token.type === 'code') {
      if (!token.raw.startsWith('```diff\n') || !token.raw.trimEnd().endsWith('\n```'))
        problems.push(`fence ${token.raw}`);
      for (const line of token.text.split('\n')) if (!/^[-+! ] /.test(line)) problems.push(`line ${line}`);
    } else if (!['heading', 'paragraph', 'space', 'list', 'blockquote'].includes(token.type)) {
      problems.push(`${token.type} ${token.raw}`);
    }
  }
  if (depth !== 0) problems.push(`${depth} folds stay open`);
  const outside = tokens
    .filter(({ type }) => type !== 'code')
    .map(({ raw }) => raw)
    .join('\n');
  const withoutCode = outside.replace(/<code>.*?<\/code>/g, '').replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
  for (const [mention] of withoutCode.matchAll(/@(?!\u200b)|#(?=\d)|\bGH-(?=\d)/gi))
    problems.push(`reference ${mention}`);
  for (const line of markdown.split('\n')) if (/^\s*::|##\[/.test(line)) problems.push(`command ${line}`);
  if (!markdown.isWellFormed()) problems.push('half of a character');
  return problems;
}

describe('whatever the plan', () => {
  test('it has the room that it is given, and its form', () => {
    fc.assert(
      fc.property(anyPlan, anyOptions, (plan, options) => {
        const markdown = render(plan, options);
        const size = options.unit === 'bytes' ? Buffer.byteLength(markdown) : markdown.length;
        expect(size).toBeLessThanOrEqual(options.most);
        expect(malformed(markdown)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe('room', () => {
  const creations = (count: number) => ({
    resource_changes: Array.from({ length: count }, (_, index) =>
      resource(`x_y.r${index}`, { actions: ['create'], after: { name: `r${index}`, size: index } }),
    ),
  });
  const counted = (markdown: string, pattern: RegExp): number => Number(pattern.exec(markdown)?.[1] ?? 0);

  test.each([4000, 20_000, 65_536])('of %i characters names what it can and counts the rest', (most) => {
    const markdown = render(creations(5000), { most });
    expect(markdown.length).toBeLessThanOrEqual(most);
    expect(markdown).toContain('**Plan: 5000 to create.**');
    const named = [...markdown.matchAll(/<code>x_y\.r\d+<\/code>|^- `x_y\.r\d+`$/gm)].length;
    expect(named + counted(markdown, /^- … and (\d+) more$/m)).toBe(5000);
    expect(named).toBeGreaterThan(most / 150);
    const diffs = [...markdown.matchAll(/^```diff$/gm)].length;
    expect(diffs + counted(markdown, /the changes of (\d+) resources/)).toBe(named);
    expect(diffs).toBeGreaterThan(0);
  });

  test('that is enough leaves nothing out', () => {
    const markdown = render(creations(50));
    expect(markdown).not.toMatch(/… and \d+ more|Not shown/);
    expect([...markdown.matchAll(/^```diff$/gm)]).toHaveLength(50);
  });

  test('goes to what is dangerous first, and leaves some to what is not', () => {
    const plan = creations(2000);
    plan.resource_changes.push(
      ...Array.from({ length: 400 }, (_, index) =>
        resource(`x_y.d${index}`, { actions: ['delete'], before: { text: 'x'.repeat(200) }, after: null }),
      ),
    );
    const outputs = { output_changes: { host: { actions: ['create'], before: null, after: 'a' } } };
    const markdown = render({ ...plan, ...outputs }, { most: 20_000 });
    expect(markdown.indexOf('#### Delete: 400')).toBeLessThan(markdown.indexOf('<b>Create: 2000</b>'));
    expect(markdown).toContain('<b>Outputs: 1</b>');
    const firstDiff = markdown.slice(markdown.indexOf('```diff'));
    expect(firstDiff.startsWith('```diff\n- text')).toBe(true);
  });

  test('for one resource is a part of the whole', () => {
    const huge = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`a${index}`, 'x'.repeat(100)]));
    const plan = {
      resource_changes: ['a', 'b', 'c'].map((name) => resource(`x_y.${name}`, { actions: ['create'], after: huge })),
    };
    const markdown = render(plan);
    expect([...markdown.matchAll(/^```diff$/gm)]).toHaveLength(3);
    expect(markdown).toMatch(/^\d+ more attributes\.$/m);
    expect(markdown).toMatch(/Not shown, for lack of room: \d+ attributes\.$/);
  });

  test('must be enough for the headline', () => {
    expect(() => render({}, { most: LEAST_ROOM - 1 })).toThrow(`A plan needs room for ${LEAST_ROOM} characters`);
  });

  test('a link to all of it is made of an address alone', () => {
    const link = (moreUrl: string) =>
      /\[all of it\]\((.*)\)/.exec(render(creations(500), { most: 4000, moreUrl }))?.[1];
    expect(link('https://github.com/o/r/actions/runs/1?pr=2#x')).toBe('https://github.com/o/r/actions/runs/1?pr=2#x');
    expect(link('javascript:alert(1)')).toBeUndefined();
    expect(link('https://x/) [y](https://z')).toBeUndefined();
  });
});

describe('the headline', () => {
  const gone = { resource_changes: [resource('x_y.a', { actions: ['delete'], before: { a: 1 }, after: null })] };

  test('says what was done once it is', () => {
    expect(render(gone, { outcome: 'applied' })).toContain('**Applied: 1 deleted.**');
    expect(render({}, { outcome: 'applied' })).toContain('**Applied: no resource changed.**');
    expect(render({}, { outcome: 'unchanged' })).toContain('**No changes.**');
    expect(render({}, { outcome: 'planned' })).toContain('**No resource changes.**');
  });

  test('warns of what is lost, in the words that it is given or in its own', () => {
    expect(render(gone)).toContain('> [!CAUTION]\n> Lost, also where a new one takes its place: x\\_y.a.');
    expect(render(gone, { warnings: ['Data would be lost.'] })).toContain('> [!CAUTION]\n> Data would be lost.');
    expect(render({}, { warnings: ['Look here.'] })).toContain('> [!WARNING]\n> Look here.');
  });

  test('counts warnings that find no room', () => {
    const warnings = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(500)}`);
    const markdown = render({}, { warnings, most: 8000 });
    const shown = [...markdown.matchAll(/^> \[!WARNING\]$/gm)].length;
    expect(shown).toBeGreaterThan(1);
    expect(markdown).toContain(`… and ${100 - shown} more warnings in the log.`);
  });
});
