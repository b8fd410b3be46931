/** The job summary of a plan or an apply. Pure. */
import { escapeMarkdown, inlineCode, table } from '#toolkit/action/markdown';
import { countSteps, type Outcome, type Step } from '#toolkit/action/steps';

/** GitHub takes 1 MiB for a step's summary; a reader takes less, and the preview of a whole pipeline has to share. */
export const MOST_SUMMARY_BYTES = 60_000;

const WORDS: Record<Outcome, string> = {
  unchanged: 'Unchanged',
  planned: 'Planned, nothing done yet',
  applied: 'Applied',
};

/** What the summary tells. */
export interface SummaryContent {
  root: string;
  environment: string;
  outcome: Outcome;
  steps: readonly Step[];
  warnings: readonly string[];
}

/** Heading, counts, warnings, and as many rows as fit; the rest is counted. Never longer than `mostBytes`. */
export function renderSummary(content: SummaryContent, mostBytes = MOST_SUMMARY_BYTES): string {
  const head = [
    `### ${escapeMarkdown(`Infrastructure: ${clip(content.root)} (${clip(content.environment)})`)}`,
    `**${WORDS[content.outcome]}.** ${countSteps(content.steps)}.`,
    ...content.warnings.map((warning) => `> [!WARNING]\n> ${escapeMarkdown(clip(warning, 1000))}`),
  ].join('\n\n');
  const rows: string[][] = [];
  let bytes = Buffer.byteLength(head) + RESERVED_BYTES;
  for (const { action, target, reason } of content.steps) {
    const row = [escapeMarkdown(action), inlineCode(clip(target)), escapeMarkdown(clip(reason ?? ''))];
    bytes += Buffer.byteLength(row.join('')) + ROW_BYTES;
    if (bytes > mostBytes) break;
    rows.push(row);
  }
  const left = content.steps.length - rows.length;
  return [
    head,
    ...(rows.length === 0 ? [] : [table(['Action', 'Resource', 'Why'], rows)]),
    ...(left === 0 ? [] : [`… and ${left} more; the log has them all.`]),
  ].join('\n\n');
}

/** What a row needs beside its cells, and what stands around the table. */
const ROW_BYTES = 12;
const RESERVED_BYTES = 200;

/** Keys of `for_each` have no limit; a cell has. */
function clip(text: string, most = 300): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
