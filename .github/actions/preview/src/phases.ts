/** From the `steps` context of the job that planned to the phases of the pipeline. */
import { z } from 'zod';
import type { Outcome, Step } from '#toolkit/action/steps';
import { errorMessage, UserError } from '#toolkit/errors';

/** One phase as its action planned it. */
export interface Phase {
  /** Id of the step, which is the name of the phase. */
  name: string;
  outcome: Outcome;
  steps: readonly Step[];
  /** File with the plan in every detail, as Markdown; of Terraform phases. */
  markdownPath: string | undefined;
}

const step = z.object({ action: z.string(), target: z.string(), reason: z.string().optional() });
const outcome = z.enum(['unchanged', 'planned', 'applied']);
/** https://docs.github.com/actions/reference/contexts-reference#steps-context */
const stepsContext = z.record(z.string(), z.object({ outputs: z.record(z.string(), z.string()).default({}) }));

/**
 * Every step of the job that planned a phase, in the order of the job.
 *
 * @throws UserError when it is no steps context, or nothing was planned
 */
export function phasesOf(context: unknown): Phase[] {
  const phases = parse(context);
  if (phases.length === 0)
    throw new UserError('Input "plans" has no step with an output named "steps": nothing was planned in this job.');
  return phases;
}

function parse(context: unknown): Phase[] {
  try {
    return Object.entries(stepsContext.parse(context)).flatMap(([name, { outputs }]) =>
      outputs.steps === undefined
        ? []
        : [
            {
              name,
              outcome: outcome.parse(outputs.outcome),
              steps: z.array(step).parse(JSON.parse(outputs.steps)) as Step[],
              markdownPath: outputs['plan-markdown-path'] || undefined,
            },
          ],
    );
  } catch (error) {
    throw new UserError(
      `Input "plans" is not the steps context of a job that planned: ${errorMessage(error).replace(/\s+/g, ' ')}`,
    );
  }
}
