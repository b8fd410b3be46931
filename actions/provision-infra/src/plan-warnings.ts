/** What a reader must know before a plan is applied. */
import type { PlanJson } from '#toolkit/terraform/plan-format';
import { destructionsOf, destructionWarnings, refusalOf, refusedDestructions } from './destroy-guard.ts';
import { Refused } from './failure.ts';
import type { ProvisionContext, Run } from './prepare.ts';
import type { Approval } from './review.ts';

/**
 * What is destroyed, and what is not known yet.
 *
 * @throws Refused in mode `apply`, when something would be deleted that is guarded
 */
export function warningsOf(
  { inputs }: ProvisionContext,
  run: Run,
  plan: PlanJson,
  approval: Approval | undefined,
): string[] {
  const destructions = destructionsOf(plan.resource_changes, run.guarded);
  const refused = refusedDestructions(destructions, inputs.allowDestroy, approval?.unfinished);
  if (refused.length > 0 && inputs.mode === 'apply') throw new Refused('destroy-refused', refusalOf(refused, 'apply'));
  const provisional =
    run.provisional.length === 0
      ? []
      : [
          `This plan is provisional: ${run.provisional.join(', ')} will be known later. Its shape is what is reviewed, the actions and their addresses; values may be others when it is applied.`,
        ];
  return [
    ...(refused.length === 0 ? [] : [refusalOf(refused, 'plan')]),
    ...destructionWarnings(destructions.filter((destruction) => !refused.includes(destruction))),
    ...provisional,
  ];
}
