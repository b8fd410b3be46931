/**
 * What the documentation says exists: every relative link and anchor, every `npm run` script, every option of the rehearsal,
 * and every input that an example gives to a workflow or an action of ours. Pure; no link to the Internet is followed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lexer, type Token } from 'marked';
import { parse } from 'yaml';
import { parseEnvironment } from '../.github/actions/environment/src/parse.ts';
import { HELP } from '../rehearsal/arguments.ts';

const root = resolve(import.meta.dirname, '..');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(root, page)));
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

/** All tokens of a page, those inside of others too. */
function tokensOf(text: string): Token[] {
  const all: Token[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      if ('type' in value && 'raw' in value) all.push(value as Token);
      Object.values(value).forEach(visit);
    }
  };
  visit(lexer(text));
  return all;
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const token of tokensOf(text)) {
    if (token.type !== 'heading') continue;
    const plain = (token as { text: string }).text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const slug = plain
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replace(/ /g, '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The relative links of a page that lead nowhere. */
function brokenLinks(page: string, text: string): string[] {
  return tokensOf(text)
    .filter((token) => token.type === 'link' || token.type === 'image')
    .map((token) => (token as unknown as { href: string }).href)
    .filter((href) => !/^(https?:|mailto:)/.test(href))
    .filter((href) => {
      const [path = '', anchor] = href.split('#');
      const target = path === '' ? join(root, page) : join(root, dirname(page), decodeURIComponent(path));
      if (!existsSync(target) || relative(root, target).startsWith('..')) return true;
      if (anchor === undefined) return false;
      if (statSync(target).isDirectory()) return true;
      return !anchorsOf(path === '' ? text : readFileSync(target, 'utf8')).has(anchor);
    });
}

/** The YAML examples of a page. */
function examplesOf(text: string): unknown[] {
  return tokensOf(text)
    .filter((token) => token.type === 'code' && /^ya?ml$/.test((token as { lang?: string }).lang ?? ''))
    .map((token) => parse((token as { text: string }).text) as unknown);
}

interface Parameters {
  required: string[];
  known: string[];
}

/** The inputs of what an example names by `OWNER/REPO/path@ref`; undefined when it is not ours. */
function parametersOf(uses: string): Parameters | undefined {
  const path = /^OWNER\/REPO\/(.+)@[\w.]+$/.exec(uses)?.[1];
  if (path === undefined) return undefined;
  type Inputs = Record<string, { required?: boolean; default?: unknown }>;
  const file = path.endsWith('.yml') ? path : join(path, 'action.yml');
  const document = parse(read(file)) as { inputs?: Inputs; on?: { workflow_call?: { inputs?: Inputs } } };
  const inputs = (path.endsWith('.yml') ? document.on?.workflow_call?.inputs : document.inputs) ?? {};
  const required = Object.entries(inputs).filter(([, input]) => input.required && input.default === undefined);
  return { required: required.map(([name]) => name), known: Object.keys(inputs) };
}

/** What is wrong with every `uses:` in an example, however deep it stands. */
function wrongUses(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wrongUses);
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(wrongUses);
  const { uses, with: given = {} } = value as { uses?: unknown; with?: Record<string, unknown> };
  const parameters = typeof uses === 'string' ? parametersOf(uses) : undefined;
  if (parameters === undefined) return inner;
  return [
    ...inner,
    ...Object.keys(given)
      .filter((name) => !parameters.known.includes(name))
      .map((name) => `${uses} has no input ${name}`),
    ...parameters.required.filter((name) => !(name in given)).map((name) => `${uses} needs the input ${name}`),
  ];
}

const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);

/** The scripts and the rehearsal's options that a text names and that do not exist. */
function unknownCommands(text: string): string[] {
  const missing = [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => !scripts.includes(name));
  const options = [...text.matchAll(/npm run rehearse -- ([^\n`#]*)/g)]
    .flatMap(([, rest]) => [...(rest ?? '').matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option))
    .filter((option) => !HELP.includes(`  ${option}`));
  return [...missing, ...options];
}

describe.each(pages)('%s', (page) => {
  test('every relative link and anchor leads somewhere', () => {
    expect(brokenLinks(page, read(page))).toEqual([]);
  });

  test('every script and option that it names exists', () => {
    expect(unknownCommands(read(page))).toEqual([]);
  });

  test('every example gives our workflows and actions inputs that they have', () => {
    expect(examplesOf(read(page)).flatMap(wrongUses)).toEqual([]);
  });
});

describe('README.md', () => {
  test('its environment file is a valid one', () => {
    const example = tokensOf(read('README.md'))
      .filter((token) => token.type === 'code')
      .map((token) => (token as { text: string }).text)
      .find((text) => text.startsWith('name: production'));
    const filled = (example ?? '').replace(/<SHA-256[^>]*>/, 'a'.repeat(64));
    expect(parseEnvironment(filled, 'README.md', 'production').approval).toBe('required');
  });
});

describe('the checks themselves', () => {
  test('find a missing file, a missing anchor, and a link out of the repository', () => {
    const text =
      '[a](no-such-file.md) [b](#no-such-heading) [c](README.md#licence) [d](../elsewhere.md) [e](#ok)\n\n# OK';
    expect(brokenLinks('README.md', text)).toEqual(['no-such-file.md', '#no-such-heading', '../elsewhere.md']);
  });

  test('find a missing script and a missing option', () => {
    expect(unknownCommands('npm run no-such-script; npm run rehearse -- --keep --no-such-option')).toEqual([
      'no-such-script',
      '--no-such-option',
    ]);
  });

  test('find unknown and missing inputs', () => {
    const example = { steps: [{ uses: 'OWNER/REPO/actions/redis-bootstrap@v1', with: { node: 6 } }] };
    expect(wrongUses(example)).toEqual([
      'OWNER/REPO/actions/redis-bootstrap@v1 has no input node',
      'OWNER/REPO/actions/redis-bootstrap@v1 needs the input stateful-set',
    ]);
  });

  test('number repeated headings as GitHub does', () => {
    expect([...anchorsOf('# Same\n\n# Same\n\n# `code` and [link](x.md), too')]).toEqual([
      'same',
      'same-1',
      'code-and-link-too',
    ]);
  });
});
