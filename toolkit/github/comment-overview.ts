/**
 * The table over all environments: a line for each phase, a column for each section that tells its phases. It is made of
 * the sections' own tables, so that whoever writes one section has it whole. Pure.
 */
import type { Section } from './comment-sections.ts';

/** Head of the table by which a section tells its phases. */
export const PHASE_COLUMNS = ['Phase', 'Plan', 'What would be done'] as const;

const MOST_CHARACTERS = 6000;
const MOST_CELL_CHARACTERS = 60;

/** Empty when fewer than two sections have such a table, or there is too much for one. */
export function overviewOf(sections: readonly Section[]): string {
  const columns = sections
    .map(({ key, text }) => ({ key, cells: phasesOf(text) }))
    .filter(({ cells }) => cells.size > 0);
  if (columns.length < 2) return '';
  const phases = new Set(columns.flatMap(({ cells }) => [...cells.keys()]));
  const rows = [
    ['Phase', ...columns.map(({ key }) => key)],
    ['---', ...columns.map(() => '---')],
    ...[...phases].map((phase) => [phase, ...columns.map(({ cells }) => cells.get(phase) ?? '')]),
  ];
  const whole = `\n${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
  return whole.length <= MOST_CHARACTERS ? whole : '';
}

/** What a section says of each phase, in a cell. */
function phasesOf(text: string): Map<string, string> {
  const lines = text.split('\n');
  const head = lines.indexOf(`| ${PHASE_COLUMNS.join(' | ')} |`);
  const after = head < 0 ? [] : lines.slice(head + 2);
  const end = after.findIndex((line) => !line.startsWith('| '));
  return new Map(
    (end < 0 ? after : after.slice(0, end)).flatMap((line): [string, string][] => {
      // A pipe inside a cell has a backslash before it.
      const [phase, plan, what] = line.slice(2, -2).split(/(?<!\\) \| /);
      return phase === undefined || plan === undefined || what === undefined ? [] : [[phase, cellOf(plan, what)]];
    }),
  );
}

/** What is done, counted, or else its verb; for a phase that cannot tell yet or has nothing to do, its word. */
function cellOf(plan: string, what: string): string {
  if (!plan.startsWith('**')) return plan;
  const [first = ''] = what.split('; ');
  const isCounted = /^\d+ [\w ,]+$/.test(first) && first.length <= MOST_CELL_CHARACTERS;
  const [verb] = /^[a-z-]{1,30}(?= )/.exec(what) ?? [];
  const told = isCounted ? first : verb;
  if (told === undefined) return plan;
  return plan === '**changes**' ? told : `${plan}: ${told}`;
}
