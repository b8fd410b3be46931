/** `npm run capacity`: what a number of users needs and costs. See `--help`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { costOf } from '#toolkit/cost/cost';
import { readPrices } from '#toolkit/cost/prices';
import { renewDocument } from './capacity/document.ts';
import { fetchPrices } from './capacity/fetch-prices.ts';
import { type Model, openModel } from './capacity/model.ts';
import { HELP, parseOptions } from './capacity/options.ts';
import { renderTable } from './capacity/table.ts';

const document = resolve(import.meta.dirname, '../docs/capacity.md');

function withModel<T>(use: (model: Model) => T): T {
  const model = openModel();
  try {
    return use(model);
  } finally {
    model.close();
  }
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  switch (options.task) {
    case 'help':
      console.log(HELP);
      break;
    case 'document':
      withModel((model) => writeFileSync(document, renewDocument(readFileSync(document, 'utf8'), model)));
      break;
    case 'fetch-prices': {
      const { prices, missing } = await fetchPrices({ region: options.region, today: new Date() });
      console.log(JSON.stringify(prices, null, 2));
      for (const { item, reason } of missing) console.error(`Not priced: ${item}, ${reason}.`);
      break;
    }
    case 'size': {
      const { question, json } = options;
      const prices = readPrices(options.prices);
      const sizes = withModel((model) => model.sizes(question));
      const cost = costOf(sizes.bill_of_materials, prices);
      console.log(json ? JSON.stringify({ ...sizes, cost }, null, 2) : renderTable(question, sizes, cost));
    }
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
