/** What a failed run hands on: why, and the comparison where the plan had changed. */
import type { ActionResult } from '#toolkit/action/run';
import type { contract } from './contract.ts';
import { failureReasonOf } from './failure.ts';
import { PlanChanged } from './review.ts';

export function failed(error: unknown): Pick<ActionResult<typeof contract>, 'outputs' | 'summary'> {
  return {
    outputs: { failureReason: failureReasonOf(error) },
    ...(error instanceof PlanChanged
      ? { summary: `### What would be applied is not what was reviewed\n\n${error.message}\n\n${error.markdown}` }
      : {}),
  };
}
