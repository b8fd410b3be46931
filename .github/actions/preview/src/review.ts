/** The plan that was approved beside the plan of now, over all phases. Pure. */
import { z } from 'zod';
import { escapeMarkdown, firstOf, inlineCode, table } from '#toolkit/action/markdown';
import type { Step } from '#toolkit/action/steps';
import { UserError } from '#toolkit/errors';
import { type Phase, stepSchema } from './phases.ts';
import { clip, titleOf } from './words.ts';

/** One phase as it is kept for the comparison. */
export type Reviewed = z.infer<typeof reviewedSchema>[number];

const reviewedSchema = z.array(
  z.object({ name: z.string(), fingerprint: z.string(), steps: z.array(stepSchema) }).strict(),
);

/** One thing that would be done otherwise than approved. */
interface Difference {
  phase: string;
  target: string;
  reviewed: string;
  now: string;
}

/** More is not read; the rest is counted. */
const MOST_SHOWN = 50;
const MOST_CHARACTERS = 200;
const NOTHING = 'nothing';

/** The plan of now is not what was approved. */
export class PlanDiffers extends UserError {
  /** The comparison, for the log and for the summary. */
  readonly lines: readonly string[];
  readonly markdown: string;

  constructor(environment: string, differences: readonly Difference[]) {
    const phases = [...new Set(differences.map(({ phase }) => phase))];
    super(
      `What would be done now is not what was approved, in: ${phases.join(', ')}. Nothing was applied. The comparison is above and in the summary; run the workflow again, and have the new plan approved.`,
    );
    const { shown, left } = firstOf(differences, MOST_SHOWN);
    const more = left === 0 ? [] : [`… and ${left} more`];
    this.lines = [
      ...shown.map(({ phase, target, reviewed, now }) => `${phase}, ${target}: reviewed ${reviewed}, now ${now}`),
      ...more,
    ];
    this.markdown = [
      `### ${escapeMarkdown(environment)}: not what was approved`,
      '> [!CAUTION]\n> **Nothing was applied.** Something changed while the plan waited at the gate. Run the workflow again, and have the new plan approved.',
      table(
        ['Phase', 'Target', 'Reviewed', 'Now'],
        shown.map(({ phase, target, reviewed, now }) => [
          escapeMarkdown(phase),
          inlineCode(clip(target, MOST_CHARACTERS)),
          escapeMarkdown(clip(reviewed, MOST_CHARACTERS)),
          escapeMarkdown(clip(now, MOST_CHARACTERS)),
        ]),
      ),
      ...more,
    ].join('\n\n');
  }
}

/** What is kept of a plan for `compareWithReviewed`. */
export function renderReview(phases: readonly Phase[]): string {
  return JSON.stringify(
    phases.map(({ name, fingerprint, steps }): Reviewed => ({ name, fingerprint, steps: [...steps] })),
  );
}

/** @throws UserError when it is not what `renderReview` wrote */
export function parseReview(text: string, file: string): Reviewed[] {
  try {
    return reviewedSchema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${file} is not a plan that this action kept; run the workflow again from its start.`);
  }
}

/**
 * Compares every phase. One that has nothing left to do may go on: somebody else did what was approved, or it was not needed.
 *
 * @returns the titles of those phases
 * @throws PlanDiffers when a phase would do something that was not approved
 */
export function compareWithReviewed(
  environment: string,
  reviewed: readonly Reviewed[],
  now: readonly Phase[],
): string[] {
  const done: string[] = [];
  const differences = now.flatMap((phase): Difference[] => {
    const before = reviewed.find(({ name }) => name === phase.name);
    if (before?.fingerprint === phase.fingerprint) return [];
    if (phase.steps.length > 0) return differencesOf(titleOf(phase), before?.steps ?? [], phase.steps);
    done.push(titleOf(phase));
    return [];
  });
  if (differences.length > 0) throw new PlanDiffers(environment, differences);
  return done;
}

function differencesOf(phase: string, reviewed: readonly Step[], now: readonly Step[]): Difference[] {
  const targets = [...new Set([...reviewed, ...now].map(({ target }) => target))];
  const differing = targets
    .map((target) => ({ phase, target, reviewed: wordsOf(reviewed, target), now: wordsOf(now, target) }))
    .filter((difference) => difference.reviewed !== difference.now);
  if (differing.length > 0) return differing;
  return [{ phase, target: 'the same steps', reviewed: 'what was shown', now: 'with other content' }];
}

/** Every step of a target: `update (image)`. */
function wordsOf(steps: readonly Step[], target: string): string {
  const words = steps
    .filter((step) => step.target === target)
    .map(({ action, reason }) => (reason === undefined || reason === '' ? action : `${action} (${reason})`));
  return words.length === 0 ? NOTHING : words.join(', ');
}
