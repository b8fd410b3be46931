/** Whether the plan of now may be applied, given the one that was reviewed. Pure. */
import type { PlanJson } from '#toolkit/terraform/plan-format';
import { differingKeys, inputDifferences, planDifferences } from './comparison.ts';
import { type Comparison, comparisonLines, comparisonMarkdown } from './comparison-text.ts';
import { strayChanges } from './continuation.ts';
import { Refused } from './failure.ts';
import { changeDigests } from './fingerprint.ts';
import type { Redact } from './redact.ts';
import type { ReviewedPlan } from './reviewed-plan.ts';

/** A plan that may be applied, and how. */
export interface Approval {
  /** `reviewed`: exactly the file that was reviewed. `fresh`: the one of now, since the reviewed one cannot be applied. */
  file: 'reviewed' | 'fresh';
  /** Why, for the log. */
  sentence: string;
  /** Addresses that a cut-off run of the reviewed plan began to create; making them again loses nothing. */
  unfinished: ReadonlySet<string>;
}

/** The plan is not what was reviewed. */
export class PlanChanged extends Refused {
  readonly lines: readonly string[];
  /** The comparison, for the summary. */
  readonly markdown: string;

  constructor(comparison: Comparison) {
    super(
      'plan-changed',
      'What would be applied now is not what was reviewed, so nothing was applied. The comparison is above and in the summary; plan again, and have that reviewed.',
    );
    this.lines = comparisonLines(comparison);
    this.markdown = comparisonMarkdown(comparison);
  }
}

/**
 * Compares.
 *
 * @param plan the whole plan of now: `now.changes` lacks what stays as it is
 * @throws PlanChanged when the plan does something that was not reviewed
 */
export function approve(reviewed: ReviewedPlan, now: ReviewedPlan, plan: PlanJson, redact: Redact): Approval {
  const unfinished = unfinishedOf(reviewed, plan);
  if (reviewed.fingerprint === now.fingerprint)
    return { file: 'reviewed', sentence: 'The plan of now is the reviewed one.', unfinished };
  const inputs = inputDifferences(reviewed, now);
  const provisional = reviewed.provisional.length > 0;
  const values = provisional ? 'any' : 'equal';
  const strays = strayChanges(reviewed.changes, plan, { values, adopted: new Set() });
  if (inputs.length === 0 && strays.length === 0 && !now.makers.refreshOnly)
    return {
      file: 'fresh',
      unfinished,
      sentence: provisional
        ? `The reviewed plan was provisional: ${reviewed.provisional.join(', ')} had no value yet. Its shape is that of the plan of now: the same actions at the same addresses.`
        : 'This run continues a reviewed plan that was partly applied: what is left to do was all reviewed, and the rest is done.',
    };
  const digests = (changes: ReviewedPlan): Map<string, string> =>
    changeDigests(changes.changes, changes.makers.refreshOnly);
  const keys = inputs.length === 0 && strays.length > 0 ? strays : differingKeys(digests(reviewed), digests(now));
  throw new PlanChanged({ inputs, differences: planDifferences(reviewed.changes, now.changes, keys, redact) });
}

function unfinishedOf({ changes }: ReviewedPlan, now: PlanJson): Set<string> {
  const created = new Set(
    changes.resource_changes.filter(({ change }) => change.actions.join() === 'create').map(({ address }) => address),
  );
  const tainted = now.resource_changes.filter(({ action_reason }) => action_reason === 'replace_because_tainted');
  return new Set(tainted.map(({ address }) => address).filter((address) => created.has(address)));
}
