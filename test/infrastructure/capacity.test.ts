/** `npm run capacity`, and the table of docs/capacity.md that it writes. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { renewDocument } from '../../scripts/capacity/document.ts';
import { type Model, openModel } from '../../scripts/capacity/model.ts';
import { parseOptions } from '../../scripts/capacity/options.ts';
import { quotaByFamily, renderTable } from '../../scripts/capacity/table.ts';

const root = resolve(import.meta.dirname, '../..');
let model: Model;

beforeAll(() => {
  model = openModel();
}, 30_000);

afterAll(() => model.close());

test('docs/capacity.md is what the model gives today', () => {
  const text = readFileSync(resolve(root, 'docs/capacity.md'), 'utf8');
  // When this fails: npm run capacity -- --document
  expect(renewDocument(text, model)).toBe(text);
}, 30_000);

test('a table for a person, with the quota to ask for', () => {
  const sizes = model.sizes(50_000);
  const table = renderTable(50_000, sizes);
  expect(table).toMatch(/^Concurrent users +50,000$/m);
  expect(table).toContain(sizes.database.sku_name);
  expect(table).toMatch(/^Cost +not estimated yet$/m);
  const cores = Object.values(sizes.vcpus).reduce((sum, one) => sum + one, 0);
  expect(Object.values(quotaByFamily(sizes)).reduce((sum, one) => sum + one, 0)).toBe(cores);
  expect(Object.keys(quotaByFamily(sizes))).toEqual(expect.arrayContaining(['Ddsv5', 'Edsv5']));
});

test('an assumption reaches the model', () => {
  expect(model.sizes(50_000, { think_seconds: 30 }).pages_per_second).toBe(2 * model.sizes(50_000).pages_per_second);
});

test.each([
  [0, {}, /^concurrent_users is 0; give a whole number from 100 to \d+\.$/],
  [10_000_000, {}, /^concurrent_users is 10000000; give a whole number from 100 to \d+\.$/],
  [1000, { thin: 3 }, /^The model has no thin; it has think_seconds, /],
  [1000, { think_seconds: 0 }, /^Every assumption must be greater than 0; these are not: think_seconds\.$/],
])('the model refuses %s %j in its own words', (users, assumptions, message) => {
  expect(() => model.sizes(users, assumptions)).toThrow(message);
});

describe('the command line', () => {
  test('is read', () => {
    expect(parseOptions(['--users', '400,000', '--assume', 'think_seconds=40', '--json'])).toEqual({
      task: 'size',
      users: 400_000,
      assumptions: { think_seconds: 40 },
      json: true,
    });
    expect(parseOptions(['--document'])).toEqual({ task: 'document' });
    expect(parseOptions(['--help'])).toEqual({ task: 'help' });
  });

  test.each([
    [[], '--users is missing; give a number, such as --users 400000.'],
    [['--users', 'many'], '--users is "many"; give a number.'],
    [['--users', '1', '--assume', 'think'], '--assume is "think"; give NAME=VALUE, such as think_seconds=40.'],
    [['--users', '1', '--assume', 'a=b'], '--assume a is "b"; give a number.'],
    [['--document', '--json'], '--document takes no other option: the sizes in docs/capacity.md are fixed.'],
    [['--bogus'], "Unknown option '--bogus'"],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });

  test('ends with JSON, or with a sentence and a failure', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['scripts/capacity.ts', ...args], { cwd: root, encoding: 'utf8' });
    const good = run('--users', '1000', '--json');
    expect(good.status).toBe(0);
    expect(JSON.parse(good.stdout)).toEqual(model.sizes(1000));
    expect(run('--users', '0')).toMatchObject({ status: 1, stdout: '' });
  });
});
