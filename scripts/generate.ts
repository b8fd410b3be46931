/**
 * Writes every generated file: action.yml and README tables from the contracts, and the schema of environment files.
 * `node scripts/generate.ts` writes; `--check` only tells which files are stale, and fails.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Contract } from '#toolkit/action/contract';
import { environmentJsonSchema } from '../.github/actions/environment/src/schema.ts';
import { renderActionYml, renewReadme } from './action-metadata.ts';

const root = resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');

/** Every generated file with the text that it should hold. */
async function generated(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const parent of ['actions', '.github/actions']) {
    for (const name of existsSync(join(root, parent)) ? readdirSync(join(root, parent)).sort() : []) {
      const folder = join(parent, name);
      if (!existsSync(join(root, folder, 'src/contract.ts'))) continue;
      const { contract } = (await import(join(root, folder, 'src/contract.ts'))) as { contract: Contract };
      files.set(join(folder, 'action.yml'), renderActionYml(contract));
      const readme = join(folder, 'README.md');
      files.set(readme, renewReadme(readFileSync(join(root, readme), 'utf8'), contract));
    }
  }
  files.set('environments/schema.json', `${JSON.stringify(environmentJsonSchema(), null, 2)}\n`);
  return files;
}

const stale: string[] = [];
for (const [file, text] of await generated()) {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(file);
  if (!check) writeFileSync(path, text);
}
for (const file of stale) console.log(check ? `stale: ${file}` : `wrote ${file}`);
if (check && stale.length > 0) {
  console.log('Run `npm run generate` and commit what it writes.');
  process.exitCode = 1;
}
