/** The generated part of docs/capacity.md. */
import type { Model } from './model.ts';
import { renderMarkdown } from './table.ts';

export const DOCUMENTED_USERS = [1_000, 10_000, 50_000, 100_000, 200_000, 400_000];

const BEGIN = '<!-- generated: capacity -->';
const END = '<!-- end -->';

/** The document with the table that the model gives today. */
export function renewDocument(text: string, model: Model): string {
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`The document has no lines ${BEGIN} and ${END}.`);
  const table = renderMarkdown(DOCUMENTED_USERS.map((users) => [users, model.sizes(users)]));
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}
