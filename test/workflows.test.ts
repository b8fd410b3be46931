/**
 * The workflows against the contracts of the actions and of each other: nothing is wrong with the real ones, and everything
 * that is planted in them is found.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { Contract } from '#toolkit/action/contract';
import { checkByGitHub, checkWorkflows } from './workflows/check.ts';
import { readContracts } from './workflows/interfaces.ts';
import { FAULTS } from './workflows/planted.ts';
import { slipsIn } from './workflows/slips.ts';

const root = resolve(import.meta.dirname, '..');

/** The workflows of a folder, each by its name with a prefix. */
function textsOf(folder: string, prefix = ''): [string, string][] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.yml'))
    .map((file) => [prefix + file, readFileSync(join(root, folder, file), 'utf8')]);
}

const real = new Map([
  ...textsOf('.github/workflows'),
  ...textsOf('examples/caller/.github/workflows', 'examples/caller/'),
]);
let contracts: Map<string, Contract>;
beforeAll(async () => {
  contracts = await readContracts();
});

test('nothing is wrong with the workflows', async () => {
  expect(real.size).toBeGreaterThan(5);
  expect(contracts.size).toBeGreaterThan(8);
  expect(checkWorkflows(real, contracts)).toEqual([]);
  for (const [file, text] of real) expect(await checkByGitHub(file, text)).toEqual([]);
});

test('the summary of a plan is the one table that is decided on: no phase writes its own before it', () => {
  const { jobs } = parse(real.get('plan.yml') ?? '') as {
    jobs: { plan: { steps: { uses?: string; with?: Record<string, unknown> }[] } };
  };
  const phases = jobs.plan.steps.filter(({ uses }) => uses?.startsWith('$/actions/'));
  expect(phases.length).toBeGreaterThan(8);
  expect(phases.filter((step) => step.with?.summary !== false)).toEqual([]);
});

describe('what is planted is found', () => {
  test.each(FAULTS.map((fault) => [fault.what, fault] as const))('%s', async (_, { file, from, to, finds }) => {
    const text = real.get(file) ?? '';
    const planted = text.replace(from, to);
    expect(planted).not.toBe(text);
    const found = checkWorkflows(new Map([...real, [file, planted]]), contracts);
    expect([...found, ...(await checkByGitHub(file, planted))]).toEqual(
      expect.arrayContaining([expect.stringContaining(finds)]),
    );
  });

  test('any slip in a name, a permission or a limit', () => {
    const slips = [...real].flatMap(([file, text]) => slipsIn(text).map((planted) => ({ file, ...planted })));
    expect(slips.length).toBeGreaterThan(1000);
    fc.assert(
      fc.property(fc.constantFrom(...slips), ({ file, what, text }) => {
        const found = checkWorkflows(new Map([...real, [file, text]]), contracts);
        if (found.length === 0) throw new Error(`${file}: ${what} is not found`);
      }),
      { numRuns: 60 },
    );
  });
});
