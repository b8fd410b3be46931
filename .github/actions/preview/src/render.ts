import { details, escapeMarkdown, firstOf, inlineCode, table } from '#toolkit/action/markdown';
import { countSteps, type Outcome, type Step } from '#toolkit/action/steps';

/** One phase as its action planned it. */
export interface Phase {
  name: string;
  outcome: Outcome;
  steps: readonly Step[];
}

/** A GitHub comment holds 65,536 characters; the rest is left for a headline and the other environments. */
const MOST_CHARACTERS = 28_000;
const MOST_STEPS_OF_A_PHASE = 60;

const WORDS: Record<Outcome, string> = { unchanged: 'no change', planned: 'changes', applied: 'applied' };

/** Actions that cannot be undone come with a warning sign in words. */
const DESTRUCTIVE = new Set(['delete', 'replace', 'destroy']);

/** The steps of one phase, folded. */
function renderPhase(phase: Phase): string {
  const { shown, left } = firstOf(phase.steps, MOST_STEPS_OF_A_PHASE);
  const rows = shown.map((step) => [
    escapeMarkdown(step.action),
    inlineCode(step.target),
    escapeMarkdown(step.reason ?? ''),
  ]);
  const rest = left === 0 ? '' : `\n\n… and ${left} more.`;
  return details(
    `<b>${escapeMarkdown(phase.name)}</b>: ${countSteps(phase.steps)}`,
    table(['Action', 'Target', 'Why'], rows) + rest,
  );
}

/**
 * The preview of one environment. Pure. It stays below its size by leaving out folded phases, last first, and says so:
 * the table above them is always whole.
 */
export function renderPreview(environment: string, phases: readonly Phase[]): string {
  const total = phases.reduce((sum, phase) => sum + phase.steps.length, 0);
  const destructive = phases.flatMap((phase) => phase.steps.filter((step) => DESTRUCTIVE.has(step.action)));
  const head = [
    `### ${escapeMarkdown(environment)}: ${total === 0 ? 'nothing to do' : `${total} ${total === 1 ? 'step' : 'steps'}`}`,
    ...(destructive.length === 0 ? [] : [`> **Warning:** ${destructive.length} of them delete or replace something.`]),
    table(
      ['Phase', 'Plan', 'What'],
      phases.map((phase) => [escapeMarkdown(phase.name), WORDS[phase.outcome], countSteps(phase.steps)]),
    ),
  ].join('\n\n');
  const folded: string[] = [];
  let size = head.length;
  let left = 0;
  for (const phase of phases.filter(({ steps }) => steps.length > 0)) {
    const part = renderPhase(phase);
    if (left > 0 || size + part.length > MOST_CHARACTERS) {
      left += 1;
      continue;
    }
    folded.push(part);
    size += part.length;
  }
  const rest =
    left === 0
      ? []
      : [`The steps of ${left} more ${left === 1 ? 'phase are' : 'phases are'} in the job summary and its log.`];
  return [head, ...folded, ...rest].join('\n\n');
}
