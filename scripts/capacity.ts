/** `npm run capacity`: what a number of users needs. See `--help`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { renewDocument } from './capacity/document.ts';
import { type Model, openModel } from './capacity/model.ts';
import { HELP, parseOptions } from './capacity/options.ts';
import { renderTable } from './capacity/table.ts';

const document = resolve(import.meta.dirname, '../docs/capacity.md');

function withModel(use: (model: Model) => void): void {
  const model = openModel();
  try {
    use(model);
  } finally {
    model.close();
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.task === 'help') console.log(HELP);
  else if (options.task === 'document')
    withModel((model) => writeFileSync(document, renewDocument(readFileSync(document, 'utf8'), model)));
  else
    withModel((model) => {
      const sizes = model.sizes(options.users, options.assumptions);
      console.log(options.json ? JSON.stringify(sizes, null, 2) : renderTable(options.users, sizes));
    });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
