/** The plan on its way from the job that plans to the one that applies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealPlan } from './plan-file.ts';
import { type ProvisionContext, pathForLaterSteps, type Run, writePrivate } from './prepare.ts';
import type { ReviewedPlan } from './reviewed-plan.ts';

/** Leaves the plan for the apply, encrypted; says so when it cannot. */
export function leavePlanFile(
  context: ProvisionContext,
  run: Run,
  remembered: ReviewedPlan | undefined,
): { planFile?: string } {
  if (run.key === undefined || remembered === undefined) {
    context.log.info('There is no "plan-key": this plan is a preview, and no plan file is left that could be applied.');
    return {};
  }
  const sealed = sealPlan(
    { reviewed: remembered, planFile: readFileSync(run.settings.planFile) },
    run.key,
    run.binding,
    new Date(context.clock.now()),
  );
  const planFile = pathForLaterSteps(context, run.root, '.plan');
  writePrivate(planFile, sealed);
  context.log.info(`The plan is in ${planFile}, encrypted; fingerprint ${remembered.fingerprint}`);
  return { planFile };
}

/** Writes the reviewed plan as terraform wants it, into the folder that is deleted with the run. */
export function unsealed(context: ProvisionContext, { reviewed }: Run): string | undefined {
  if (reviewed === undefined) return undefined;
  const file = join(context.temporaryDirectory, 'reviewed.tfplan');
  writePrivate(file, reviewed.planFile);
  return file;
}
