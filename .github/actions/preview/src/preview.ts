import { z } from 'zod';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { errorMessage, UserError } from '#toolkit/errors';
import type { contract } from './contract.ts';
import { type Phase, renderPreview } from './render.ts';

const step = z.object({ action: z.string(), target: z.string(), reason: z.string().optional() });
const outcome = z.enum(['unchanged', 'planned', 'applied']);
/** The `steps` context: https://docs.github.com/actions/reference/contexts-reference#steps-context */
const stepsContext = z.record(z.string(), z.object({ outputs: z.record(z.string(), z.string()).default({}) }));

/** Every step of the job that planned a phase, in the order of the job. */
function phasesOf(context: unknown): Phase[] {
  try {
    return Object.entries(stepsContext.parse(context)).flatMap(([name, { outputs }]) =>
      outputs.steps === undefined
        ? []
        : [
            {
              name,
              outcome: outcome.parse(outputs.outcome),
              steps: z.array(step).parse(JSON.parse(outputs.steps)) as Phase['steps'],
            },
          ],
    );
  } catch (error) {
    throw new UserError(
      `Input "plans" is not the steps context of a job that planned: ${errorMessage(error).replace(/\s+/g, ' ')}`,
    );
  }
}

/** Renders the preview into the job summary and an output. */
export async function preview({ inputs, log }: ActionContext<typeof contract>): Promise<ActionResult<typeof contract>> {
  const phases = phasesOf(inputs.plans);
  if (phases.length === 0)
    throw new UserError('Input "plans" has no step with an output named "steps": nothing was planned in this job.');
  const markdown = renderPreview(inputs.environment, phases);
  for (const phase of phases) log.info(`${phase.name}: ${phase.outcome}, ${phase.steps.length} steps`);
  const changes = phases.reduce((sum, phase) => sum + phase.steps.length, 0);
  return { outputs: { markdown, changes }, summary: markdown };
}
