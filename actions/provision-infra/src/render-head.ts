/** What a reader sees first: how much of what, and what is to be feared. Pure. */
import { visible } from './diff-lines.ts';
import { words } from './markdown-text.ts';
import type { PlanModel } from './plan-model.ts';
import type { RenderOptions } from './render.ts';
import { ACTION_ORDER, type ChangeAction } from './resource-change.ts';

const MOST_TITLE = 120;
const MOST_WARNING = 1000;
/** Resources in one warning. */
const MOST_NAMED = 10;

/** `1 to replace`, `1 replaced`. */
const DONE: Readonly<Record<ChangeAction, string>> = {
  replace: 'replaced',
  delete: 'deleted',
  forget: 'forgotten',
  update: 'updated',
  create: 'created',
  import: 'imported',
  move: 'moved',
};

/** The headline with the counts, then as many warnings as there is room for. */
export function renderHead(
  model: PlanModel,
  { title, outcome, warnings = [] }: RenderOptions,
  { room, measure }: { room: number; measure: (text: string) => number },
): string {
  const parts = [`### ${words(title, MOST_TITLE)}`, counts(model, outcome)];
  const alerts = [
    ...(model.isErrored ? [alert('CAUTION', 'The plan stopped at an error and is not complete.')] : []),
    ...risksOf(model, warnings).map((risk) => alert(model.changes.some(isDangerous) ? 'CAUTION' : 'WARNING', risk)),
    ...model.failedChecks.map(({ address, reason }) =>
      alert('WARNING', `Check ${address} fails${reason === '' ? '.' : `: ${reason}`}`),
    ),
    ...(model.isComplete ? [] : [alert('NOTE', 'Not everything can be planned yet: another plan has to follow.')]),
  ];
  let size = measure(parts.join('\n\n'));
  for (const [index, text] of alerts.entries()) {
    size += measure(text) + 2;
    if (size > room) {
      parts.push(`… and ${alerts.length - index} more warnings in the log.`);
      break;
    }
    parts.push(text);
  }
  return parts.join('\n\n');
}

/** The warnings; where there are none and something is lost, how much. */
function risksOf({ changes }: PlanModel, warnings: readonly string[]): readonly string[] {
  const lost = changes.filter(isDangerous);
  if (warnings.length > 0 || lost.length === 0) return warnings;
  const named = lost.slice(0, MOST_NAMED).map(({ address }) => address);
  const more = lost.length > named.length ? ` and ${lost.length - named.length} more` : '';
  return [`Lost, also where a new one takes its place: ${named.join(', ')}${more}.`];
}

function isDangerous({ action }: { action: ChangeAction }): boolean {
  return action === 'replace' || action === 'delete';
}

function counts({ changes, outputs, drift }: PlanModel, outcome: RenderOptions['outcome']): string {
  const byAction = new Map<ChangeAction, number>();
  for (const { action } of changes) byAction.set(action, (byAction.get(action) ?? 0) + 1);
  const parts = ACTION_ORDER.flatMap((action) => {
    const count = byAction.get(action);
    return count === undefined ? [] : [`${count} ${outcome === 'applied' ? DONE[action] : `to ${action}`}`];
  });
  const drifted = `${drift.length} ${drift.length === 1 ? 'resource was' : 'resources were'} changed outside of Terraform.`;
  return [
    `**${parts.length > 0 ? sentence(parts, outcome) : NO_RESOURCES[outcome]}**`,
    ...(outputs.names.length === 0
      ? []
      : [`${outputs.names.length} ${outputs.names.length === 1 ? 'output changes' : 'outputs change'}.`]),
    ...(drift.length === 0 ? [] : [drifted]),
  ].join(' ');
}

function sentence(parts: readonly string[], outcome: RenderOptions['outcome']): string {
  return `${outcome === 'applied' ? 'Applied' : 'Plan'}: ${parts.join(', ')}.`;
}

const NO_RESOURCES = {
  unchanged: 'No changes.',
  planned: 'No resource changes.',
  applied: 'Applied: no resource changed.',
} as const;

/** https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#alerts */
function alert(kind: 'CAUTION' | 'WARNING' | 'NOTE', text: string): string {
  const lines = text.split('\n').map((line) => words(visible(line), MOST_WARNING));
  return `> [!${kind}]\n> ${lines.join('<br>')}`;
}
