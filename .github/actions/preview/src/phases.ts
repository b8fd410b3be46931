/** From the `steps` context of the job that planned to the phases of the pipeline. */
import { z } from 'zod';
import { fingerprintOf } from '#toolkit/action/fingerprint';
import type { Outcome, Step } from '#toolkit/action/steps';
import { errorMessage, UserError } from '#toolkit/errors';

/** One phase as its action planned it. */
export interface Phase {
  /** Id of the step, which is the name of the phase. */
  name: string;
  outcome: Outcome;
  steps: readonly Step[];
  /** False when something of it is still to come up, although nothing is left to change. */
  settled: boolean;
  /** Of what the phase would do; without its own, that of the steps. */
  fingerprint: string;
  /** File with the plan in every detail, as Markdown; of Terraform phases. */
  markdownPath: string | undefined;
  /** File with the plan as JSON; of Terraform phases. */
  planJsonPath: string | undefined;
}

/** A step as it crosses from one action to another. */
export const stepSchema = z
  .object({ action: z.string(), target: z.string(), reason: z.string().optional() })
  .transform(({ action, target, reason }): Step => ({ action, target, ...(reason === undefined ? {} : { reason }) }));
const outcome = z.enum(['unchanged', 'planned', 'applied']);
/** https://docs.github.com/actions/reference/contexts-reference#steps-context */
const stepsContext = z.record(
  z.string(),
  z.object({ outputs: z.record(z.string(), z.string()).default({}), outcome: z.string().default('success') }),
);

/**
 * Every step of the job that planned a phase, in the order of the job.
 *
 * @param without id of a step that planned something else
 * @throws UserError when it is no steps context, or nothing was planned
 */
export function phasesOf(context: unknown, without?: string): Phase[] {
  const phases = parse(context).filter(({ name }) => name !== without);
  if (phases.length === 0)
    throw new UserError('Input "plans" has no step with an output named "steps": nothing was planned in this job.');
  return phases;
}

/** An output of a step; undefined when there is no such step, or it was left out. */
export function outputOf(context: unknown, step: string, output: string): string | undefined {
  return stepsContext.safeParse(context).data?.[step]?.outputs[output] || undefined;
}

/**
 * Whether there is nothing to do, and so nothing to approve. Where a step failed nobody knows that, nor from a phase that may
 * only not be able to tell. (A phase that is skipped would go unnoticed: test/workflows lets none have a condition.)
 */
export function nothingToDo(context: unknown, phases: readonly Phase[]): boolean {
  const failed = Object.values(stepsContext.parse(context)).some(({ outcome }) => !/^(success|skipped)$/.test(outcome));
  return (
    !failed && phases.every(({ outcome, steps, settled }) => outcome === 'unchanged' && steps.length === 0 && settled)
  );
}

function parse(context: unknown): Phase[] {
  try {
    return Object.entries(stepsContext.parse(context)).flatMap(([name, { outputs }]) => {
      if (outputs.steps === undefined) return [];
      const steps = z.array(stepSchema).parse(JSON.parse(outputs.steps));
      return [
        {
          name,
          outcome: outcome.parse(outputs.outcome),
          steps,
          settled: outputs.settled !== 'false',
          fingerprint: outputs.fingerprint || fingerprintOf(steps),
          markdownPath: outputs['plan-markdown-path'] || undefined,
          planJsonPath: outputs['plan-json-path'] || undefined,
        },
      ];
    });
  } catch (error) {
    throw new UserError(
      `Input "plans" is not the steps context of a job that planned: ${errorMessage(error).replace(/\s+/g, ' ')}`,
    );
  }
}
