/** `npm run capacity`, and the tables of docs/capacity.md that it writes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { costOf } from '#toolkit/cost/cost';
import { readPrices } from '#toolkit/cost/prices';
import { renewDocument } from '../../scripts/capacity/document.ts';
import { constants, type Model, openModel } from '../../scripts/capacity/model.ts';
import { parseOptions } from '../../scripts/capacity/options.ts';
import { PUBLISHED_PRICES } from '../../scripts/capacity/published-prices.ts';
import { renderTable } from '../../scripts/capacity/table.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8');
let model: Model;
let home: string;

beforeAll(() => {
  model = openModel();
  home = mkdtempSync(join(tmpdir(), 'capacity-test-'));
}, 30_000);

afterAll(() => {
  model.close();
  rmSync(home, { recursive: true, force: true });
});

test('docs/capacity.md is what the model gives today', () => {
  const text = read('docs/capacity.md');
  // When this fails: npm run capacity -- --document
  expect(renewDocument(text, model)).toBe(text);
}, 60_000);

describe('a table for a person', () => {
  const tableOf = (users: number, examStartSeconds?: number): string => {
    const question = { users, ...(examStartSeconds === undefined ? {} : { examStartSeconds }) };
    const sizes = model.sizes(question);
    return renderTable(question, sizes, costOf(sizes.bill_of_materials, readPrices(PUBLISHED_PRICES)));
  };

  test('has the sizes, the quota to ask for, and the cost', () => {
    const table = tableOf(400_000);
    expect(table).toMatch(/^400,000 concurrent users$/m);
    expect(table).toMatch(/^ {2}Moodle web +741 +14,820 PHP workers$/m);
    expect(table).toMatch(/^ {2}app +D16ds_v5 +3 +149 +179$/m);
    expect(table).toMatch(/^ {2}vCPUs of Ddsv5 +3,032 /m);
    expect(table).toMatch(/^ {2}PostgreSQL cores +192 /m);
    expect(table).toMatch(/^ {2}As deployed +[\d,]+ USD /m);
    expect(table).toContain('nat-gateway/standard-v2');
    expect(table).toMatch(/^Limits\n {2}none is reached$/m);
  });

  test('says what governs, and what Azure does not carry', () => {
    expect(tableOf(400_000, 600)).toContain('in steady use, which is more than an exam that begins within 10 min');
    const table = tableOf(400_000, 90);
    expect(table).toContain('at the start of the exam, 90 s for everybody');
    expect(table).toMatch(
      /! database cores: 134 needed, 96 is the most\. Let the exam begin over 126 seconds, not 90\./,
    );
  });
});

describe('the model', () => {
  test('takes other constants', () => {
    const doubled = model.sizes({ users: 50_000, assumptions: { think_seconds: 30 } });
    expect(doubled.pages_per_second).toBe(2 * model.sizes({ users: 50_000 }).pages_per_second);
  });

  test.each([
    [0, {}, /^concurrent_users is 0; give a whole number from 100 to 1000000\.$/],
    [10_000_000, {}, /^concurrent_users is 10000000; give a whole number from 100 to 1000000\.$/],
    [1000.5, {}, /^concurrent_users is 1000\.5; give a whole number from 100 to 1000000\.$/],
    [1000, { thin: 3 }, /^The model has no thin; it has think_seconds, /],
    [1000, { think_seconds: 0 }, /^Every assumption must be greater than 0; these are not: think_seconds\.$/],
  ])('refuses %s users with %j in its own words', (users, assumptions, message) => {
    expect(() => model.sizes({ users, assumptions })).toThrow(message);
  });

  test('refuses a window that is no window in its own words', () => {
    expect(() => model.sizes({ users: 1000, examStartSeconds: 5 })).toThrow(
      'exam_start_seconds is 5; give a whole number of seconds from 10 to 3600, or leave it out.',
    );
  });

  test('knows the memory that the manifests give to Redis', () => {
    const mebibytes = (cluster: string): number => {
      const [, number, unit] =
        /^maxmemory (\d+)(mb|gb)$/m.exec(read(`manifests/redis/${cluster}/cluster/purpose.conf`)) ?? [];
      return Number(number) * (unit === 'gb' ? 1024 : 1);
    };
    expect(Object.fromEntries(constants())).toMatchObject({
      session_node_mib: mebibytes('sessions'),
      cache_node_mib: mebibytes('cache'),
    });
  });

  test('and infra/ know the same constants', () => {
    const [, list = ''] = /contains\(\[([^\]]+)\], name\)/.exec(read('infra/variables.tf')) ?? [];
    expect([...list.matchAll(/"(\w+)"/g)].map(([, name]) => name)).toEqual(constants().map(([name]) => name));
  });
});

describe('the command line', () => {
  test('is read', () => {
    const given = [
      '--users',
      '400,000',
      '--exam-start',
      '5m',
      '--assume',
      'think_seconds=40',
      '--prices',
      'mine',
      '--json',
    ];
    expect(parseOptions(given)).toEqual({
      task: 'size',
      question: { users: 400_000, examStartSeconds: 300, assumptions: { think_seconds: 40 } },
      prices: 'mine',
      json: true,
    });
    expect(parseOptions(['--document'])).toEqual({ task: 'document' });
    expect(parseOptions(['--fetch-prices', 'swedencentral'])).toEqual({
      task: 'fetch-prices',
      region: 'swedencentral',
    });
    expect(parseOptions(['--help'])).toEqual({ task: 'help' });
  });

  test.each([
    [[], '--users is missing; give a number, such as --users 400000.'],
    [['--users', 'many'], '--users is "many"; give a number.'],
    [['--users', '1', '--exam-start', '90'], '--exam-start is "90"; give seconds or minutes, such as 90s or 5m.'],
    [['--users', '1', '--assume', 'think'], '--assume is "think"; give NAME=VALUE, such as think_seconds=40.'],
    [['--users', '1', '--assume', 'a=b'], '--assume a is "b"; give a number.'],
    [['--document', '--json'], '--document takes no other option: the sizes in docs/capacity.md are fixed.'],
    [['--fetch-prices', 'West Europe'], '--fetch-prices is "West Europe"; give a region by its short name,'],
    [['--fetch-prices', 'westeurope', '--users', '1'], '--fetch-prices takes no other option: it prints a price file.'],
    [['--bogus'], "Unknown option '--bogus'"],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });

  test('ends with JSON, or with a sentence and a failure', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['scripts/capacity.ts', ...args], { cwd: root, encoding: 'utf8' });
    const prices = join(home, 'prices.json');
    const mine = { price: 2, unit: 'hour', region: 'moon', date: '2026-01-31', source: 'https://example.org/prices' };
    writeFileSync(prices, JSON.stringify({ currency: 'EUR', prices: { 'aks/standard': mine } }));
    const good = run('--users', '1000', '--prices', prices, '--json');
    expect(good.status).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({
      ...model.sizes({ users: 1000 }),
      cost: { currency: 'EUR', total: { least: 1460, expected: 1460, most: 1460 } },
    });
    expect(run('--users', '0')).toMatchObject({ status: 1, stdout: '' });
  }, 30_000);
});
