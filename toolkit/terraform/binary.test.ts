import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findTerraform } from './binary.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'binary-test-'));
  const program = (path: string, mode: number): void => {
    writeFileSync(join(folder, path), '');
    chmodSync(join(folder, path), mode);
  };
  for (const name of ['both', 'tofu-only', 'none']) mkdirSync(join(folder, name));
  for (const path of ['both/terraform', 'both/tofu', 'tofu-only/tofu', 'both/opentofu-1.8']) program(path, 0o755);
  program('none/terraform', 0o644);
  mkdirSync(join(folder, 'none/tofu'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = (requested: string, ...folders: string[]): string[] =>
  findTerraform(requested, folders.map((name) => join(folder, name)).join(':')).programs.map(({ name }) => name);

test('terraform before tofu, each where PATH has it first', () => {
  expect(names('auto', 'tofu-only', 'both')).toEqual(['terraform', 'tofu']);
  const { programs } = findTerraform('auto', ['tofu-only', 'both'].map((name) => join(folder, name)).join(':'));
  expect(programs.map(({ command }) => command)).toEqual([
    join(folder, 'both/terraform'),
    join(folder, 'tofu-only/tofu'),
  ]);
});

test('a name, or a path, and nothing else; tofu is known by its name', () => {
  expect(findTerraform('tofu', join(folder, 'both')).programs).toMatchObject([{ product: 'tofu' }]);
  const path = join(folder, 'both/opentofu-1.8');
  expect(findTerraform(path, '').programs).toEqual([{ command: path, name: path, product: 'tofu' }]);
});

test('what is no program is not found, and each miss is told', () => {
  const search = `${join(folder, 'none')}::/nowhere`;
  expect(findTerraform('auto', search)).toEqual({
    programs: [],
    reasons: ['terraform was not found', 'tofu was not found'],
  });
  expect(findTerraform('./none/terraform', '').reasons).toEqual(['./none/terraform was not found']);
});
