import { escapeMarkdown, firstOf, inlineCode, table } from './markdown.ts';
import { countSteps, type Outcome, type Step } from './steps.ts';

/** Rows that a reader still reads; the rest is counted. */
const MOST_STEPS_SHOWN = 200;

const OUTCOME_WORDS: Record<Outcome, string> = {
  unchanged: 'Unchanged',
  planned: 'Planned, nothing done yet',
  applied: 'Applied and verified',
};

/** The part of a job summary that all actions share: what it was, how it ended, and the steps. */
export function summarize(title: string, outcome: Outcome, steps: readonly Step[], more = ''): string {
  const { shown, left } = firstOf(steps, MOST_STEPS_SHOWN);
  const rows = shown.map((step) => [
    escapeMarkdown(step.action),
    inlineCode(step.target),
    escapeMarkdown(step.reason ?? ''),
  ]);
  return [
    `### ${escapeMarkdown(title)}`,
    `**${OUTCOME_WORDS[outcome]}.** ${countSteps(steps)}.`,
    ...(rows.length > 0 ? [table(['Action', 'Target', 'Why'], rows)] : []),
    ...(left > 0 ? [`… and ${left} more; the log has them all.`] : []),
    ...(more === '' ? [] : [more]),
  ].join('\n\n');
}
