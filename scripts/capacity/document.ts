/** The generated parts of docs/capacity.md. */
import { costOf } from '#toolkit/cost/cost';
import { readPrices } from '#toolkit/cost/prices';
import { costTable, examStartTable, priceTable, sizeTable } from './document-tables.ts';
import { constants, type Model, type Question, type Sizes } from './model.ts';
import { PUBLISHED_PRICES } from './published-prices.ts';
import { renderTable } from './table.ts';

const USERS = [1_000, 10_000, 50_000, 100_000, 200_000, 400_000, 1_000_000];
const EXAM_STARTS: Question[] = [10_000, 50_000, 100_000, 200_000, 400_000]
  .map((users): Question => ({ users, examStartSeconds: 90 }))
  .concat([180, 300].map((examStartSeconds) => ({ users: 400_000, examStartSeconds })));

/** The document with what the model and the published prices give today. */
export function renewDocument(text: string, model: Model): string {
  const prices = readPrices(PUBLISHED_PRICES);
  const asked = (questions: readonly Question[]): [Question, Sizes][] =>
    questions.map((question) => [question, model.sizes(question)]);
  const steady = asked(USERS.map((users) => ({ users })));
  const terminal = (users: number): string => {
    const [question, sizes] = steady.find(([asked]) => asked.users === users) ?? [];
    if (question === undefined || sizes === undefined) throw new Error(`${users} is not among the sizes.`);
    return `\`\`\`text\n${renderTable(question, sizes, costOf(sizes.bill_of_materials, prices))}\n\`\`\``;
  };
  const parts: Record<string, string> = {
    sizes: sizeTable(steady),
    'four hundred thousand': terminal(400_000),
    'a million': terminal(1_000_000),
    'exam start': examStartTable(asked(EXAM_STARTS)),
    cost: costTable(steady.map(([question, sizes]) => [question, costOf(sizes.bill_of_materials, prices)])),
    prices: priceTable(prices),
    constants: constants()
      .map(([name, value]) => `\`${name}\` ${value}`)
      .join(', '),
  };
  return Object.entries(parts).reduce((current, [name, content]) => replacePart(current, name, content), text);
}

/** Text between the marks of a part, replaced. */
function replacePart(text: string, name: string, content: string): string {
  const begin = `<!-- generated: ${name} -->`;
  const [before, rest] = text.split(begin);
  const [, ...after] = (rest ?? '').split('<!-- end -->');
  if (before === undefined || after.length === 0)
    throw new Error(`The document has no lines ${begin} and <!-- end -->.`);
  return `${before}${begin}\n\n${content}\n\n<!-- end -->${after.join('<!-- end -->')}`;
}
