import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { callsOf, contextsOf, evaluate, hashFiles } from './expressions.ts';
import { parseWorkflow } from './parse.ts';
import { Problems } from './problems.ts';
import { removeDirectories, steps, temporaryDirectory } from './testing.ts';
import { get, items, resolveText } from './tokens.ts';
import type { Value, Values } from './values.ts';

afterAll(removeDirectories);

const contexts: Values = {
  github: { ref: 'refs/heads/main', event: { list: [{ n: 1 }, { n: 2 }, {}] } },
  env: { Path: 'upper', path: 'lower' },
  inputs: { flag: false, count: 0, constructor: 'kept' },
};

const accuracy: [string, Value][] = [
  ["'it''s' ", "it's"],
  ["'''quoted''twice'''", "'quoted'twice'"],
  ["'0x10' == 16", true],
  ["'abc' == 'ABC'", true],
  ["null == ''", true],
  ['null == 0', true],
  ["'' == false", true],
  ["'true' == true", false],
  ['NaN == NaN', false],
  ["'x' && 'y'", 'y'],
  ["'' || 'fallback'", 'fallback'],
  ["inputs.flag || 'default'", 'default'],
  ['!inputs.count', true],
  ['github.event.list.*.n', [1, 2]],
  ["join(github.event.list.*.n, '+')", '1+2'],
  ['github.event.list[9]', null],
  ['github.no.such.thing', null],
  ['GitHub.REF', 'refs/heads/main'],
  ['env.Path', 'upper'],
  ['env.path', 'lower'],
  ['env.PATH', null],
  ['inputs.constructor', 'kept'],
  ['fromJSON(\'{"constructor": 1}\').constructor', 1],
  ["fromJSON('[1, true, null]')[1]", true],
  ['toJSON(fromJSON(\'{"a": [1]}\'))', '{\n  "a": [\n    1\n  ]\n}'],
  ["format('{0} {{}} {1}', 'a', 2)", 'a {} 2'],
  ["contains('Hello', 'ell')", true],
  ["contains(fromJSON('[\"a\"]'), 'a')", true],
  ["startsWith('Main', 'ma')", true],
  ["endsWith('main', 'x')", false],
  ["case(false, 'a', true, 'b', 'c')", 'b'],
  ['1 < 2 && 2 >= 2', true],
  ['vars.missing', null],
];

describe('accuracy', () => {
  test.each(accuracy)('%s', (expression, expected) => {
    expect(evaluate(expression, { contexts })).toEqual(expected);
  });

  test('a text that is no JSON is an error', () => {
    expect(() => evaluate("fromJSON('')", { contexts })).toThrow(/Error parsing fromJSON/);
  });

  test('any literal comes back unchanged', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(evaluate(`'${text.replaceAll("'", "''")}'`, { contexts: {} })).toBe(text);
      }),
    );
  });
});

describe('multi-line texts', () => {
  const read = async (yaml: string): Promise<string> => {
    const problems = new Problems();
    const parsed = await parseWorkflow('o/r/w.yml', steps(yaml), problems);
    problems.check();
    const script = get(items(get(parsed?.root, 'jobs', 'a', 'steps'))[0], 'run');
    return resolveText(script, { contexts: { github: { actor: 'X' } } });
  };

  test('a block keeps its lines and loses its indentation', async () => {
    const text = await read(
      "      - run: |\n          cat <<'E'\n            in $" + '{{ github.actor }}\n          E\n',
    );
    expect(text).toBe("cat <<'E'\n  in X\nE\n");
  });

  test('a folded block is folded', async () => {
    expect(await read('      - run: >\n          one $' + '{{ github.actor }}\n          two\n')).toBe('one X two\n');
  });

  test('a quoted text of two lines loses its quotes', async () => {
    expect(await read('      - run: "a\\n\n          b $' + '{{ github.actor }}"\n')).toBe('a\n b X');
  });
});

describe('what an expression uses', () => {
  test('contexts, not properties or functions', () => {
    expect([...contextsOf("needs.a.outputs.github && contains(inputs.x, 'vars')")]).toEqual(['needs', 'inputs']);
  });

  test('calls and whether they have arguments', () => {
    expect(callsOf("success('a') && always()")).toEqual([
      { name: 'success', hasArguments: true },
      { name: 'always', hasArguments: false },
    ]);
  });
});

describe('hashFiles', () => {
  test('depends on contents and order of names, leaves out what is excluded', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'a'));
    writeFileSync(join(directory, 'a', 'one.json'), '1');
    writeFileSync(join(directory, 'two.json'), '2');
    const all = hashFiles(directory, ['**/*.json']);
    expect(all).toMatch(/^[0-9a-f]{64}$/);
    expect(hashFiles(directory, ['**/*.json', '!two.json'])).not.toBe(all);
    expect(hashFiles(directory, ['*.lock'])).toBe('');
  });
});
