/**
 * Writes every generated file: action.yml and README tables from the contracts, the schema of environment files, the bill of
 * materials, the table of faults, and docs/performance.md from the recorded benches.
 * `node scripts/generate.ts` writes; `--check` only tells which files are stale, and fails.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Contract } from '#toolkit/action/contract';
import { environmentJsonSchema } from '../.github/actions/environment/src/schema.ts';
import { performanceFiles } from '../bench/document/document.ts';
import { readRecords } from '../bench/record.ts';
import { readResults } from '../test/faults/results.ts';
import { actionFolders } from './action-folders.ts';
import { renderActionYml, renewReadme } from './action-metadata.ts';
import { renderFaults } from './faults-page.ts';
import { renderSbom } from './sbom.ts';

const root = resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');

/** Every generated file with the text that it should hold. */
async function generated(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const folder of actionFolders(root)) {
    const { contract } = (await import(join(root, folder, 'src/contract.ts'))) as { contract: Contract };
    files.set(join(folder, 'action.yml'), renderActionYml(contract));
    const readme = join(folder, 'README.md');
    files.set(readme, renewReadme(readFileSync(join(root, readme), 'utf8'), contract));
  }
  files.set('sbom.cdx.json', renderSbom(root));
  files.set('docs/faults.md', renderFaults(readResults()));
  files.set('environments/schema.json', `${JSON.stringify(environmentJsonSchema(), null, 2)}\n`);
  for (const [file, text] of performanceFiles(readRecords())) files.set(file, text);
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
