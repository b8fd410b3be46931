import { existsSync, readFileSync } from 'node:fs';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import type { contract } from './contract.ts';
import { type Phase, phasesOf } from './phases.ts';
import { renderPreview } from './render.ts';

/** Renders the preview into the job summary and an output. */
export async function preview({ inputs, log }: ActionContext<typeof contract>): Promise<ActionResult<typeof contract>> {
  const phases = phasesOf(inputs.plans);
  const markdown = renderPreview(inputs.environment, phases, readDetails);
  for (const phase of phases) log.info(`${phase.name}: ${phase.outcome}, ${phase.steps.length} steps`);
  const changes = phases.reduce((sum, phase) => sum + phase.steps.length, 0);
  return { outputs: { markdown, changes }, summary: markdown };
}

/** The file that the phase left for this, without its title; without the file, the steps are shown. */
function readDetails({ markdownPath }: Phase): string | undefined {
  if (markdownPath === undefined || !existsSync(markdownPath)) return undefined;
  return readFileSync(markdownPath, 'utf8')
    .replace(/^### .*\n/, '')
    .trim();
}
