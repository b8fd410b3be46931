/** The phase itself: plan the root, apply exactly what was reviewed, hand on the outputs. */
import { camelCase } from '#toolkit/action/contract';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionResult } from '#toolkit/action/run';
import type { Step } from '#toolkit/action/steps';
import type { OutputValues, PlanJson } from '#toolkit/terraform/plan-format';
import { parsePlan } from '#toolkit/terraform/plan-json';
import { applyAndAdopt } from './apply.ts';
import { type contract, outputsOfRoot, rootOutputSpecs } from './contract.ts';
import { destructionsOf } from './destroy-guard.ts';
import { driftOf, driftSteps } from './drift.ts';
import { typedOutputs } from './outputs.ts';
import { changesOf, countChanges, planModel, stepsOf } from './plan-model.ts';
import { warningsOf } from './plan-warnings.ts';
import { type ProvisionContext, pathForLaterSteps, prepare, type Run, writePrivate } from './prepare.ts';
import { liftProtection } from './prevent-destroy.ts';
import { publicPlanText } from './public-plan.ts';
import type { Redact } from './redact.ts';
import { remember } from './remembered.ts';
import { MOST_SUMMARY_BYTES, renderPlan } from './render.ts';
import { groupTagsOf } from './resource-group.ts';
import { type Approval, approve, PlanChanged } from './review.ts';
import type { ReviewedPlan } from './reviewed-plan.ts';
import {
  markOutputs,
  type RunRedaction,
  redactError,
  redactingLog,
  redactionOfRun,
  redactStep,
} from './run-redaction.ts';
import { leavePlanFile, unsealed } from './sealed-plan.ts';

/** What terraform would do; `changes` is its own word on whether that is anything. */
interface Observed extends RunRedaction {
  plan: PlanJson;
  changes: boolean;
  /** The plan to seal or to compare; undefined without a key. */
  remembered: ReviewedPlan | undefined;
}

/** A plan, with what follows from it. */
interface Plan {
  steps: Step[];
  warnings: string[];
  /** Undefined when no plan was reviewed. */
  approval: Approval | undefined;
}

/** A plan of nothing. */
const NOTHING = '{"format_version": "1.2", "applyable": false}';

/** A comment is shared by environments, and by other phases than this. */
const PART_OF_A_COMMENT = { most: 14_000, unit: 'characters' } as const;
/** A step has 1 MiB, and this is all that the step says. */
const WHOLE_SUMMARY = { most: MOST_SUMMARY_BYTES - 1024, unit: 'bytes' } as const;

/** Runs the phase. Terraform's plan and the variables are files of this run alone and are gone when it ends. */
export async function provision(outer: ProvisionContext): Promise<ActionResult<typeof contract>> {
  const { log, hide } = redactingLog(outer.log);
  const context = { ...outer, log };
  const { inputs, secrets } = context;
  const run = await prepare(context);
  const protection = liftProtection(run.directory, run.guarded);
  // Until it is taken back, the post step looks whether a lock was left behind.
  if (inputs.lock) context.leaveNote('lock');
  try {
    const { outcome, observed, plan, applied } = await reconcileRoot(context, run, hide);
    const values = markOutputs(applied ?? observed.plan.planned_values.outputs, observed);
    const outputs = typedOutputs(values, {
      specs: rootOutputSpecs,
      // What is taken down has none.
      required: inputs.destroy ? [] : outputsOfRoot[inputs.outputsOf],
      directory: run.directory,
    });
    for (const secret of outputs.secrets) secrets.add(secret);
    for (const name of outputs.withheld)
      log.warning(`Output "${name}" of ${run.directory} is sensitive, or holds what is, and is not handed on.`);
    const counts = countChanges(changesOf(observed.plan));
    const given = Object.fromEntries(Object.entries(outputs.values).map(([name, value]) => [camelCase(name), value]));
    const planJsonPath = pathForLaterSteps(context, run.root, '.json');
    writePrivate(planJsonPath, publicPlanText(observed.plan, observed.redact));
    const shown = { title: `Infrastructure: ${run.root} (${inputs.environment})`, outcome, warnings: plan.warnings };
    const model = planModel(observed.plan, observed.redact);
    const planMarkdownPath = pathForLaterSteps(context, run.root, '.md');
    writePrivate(planMarkdownPath, renderPlan(model, { ...shown, ...PART_OF_A_COMMENT }));
    return {
      outcome,
      steps: plan.steps,
      outputs: {
        ...given,
        createCount: counts.create,
        updateCount: counts.update,
        replaceCount: counts.replace,
        destroyCount: counts.destroy,
        hasDestroys: destructionsOf(observed.plan.resource_changes).length > 0,
        drift: driftOf(observed.plan).length,
        outputs: outputs.all,
        planJsonPath,
        planMarkdownPath,
        ...(observed.remembered === undefined ? {} : { fingerprint: observed.remembered.fingerprint }),
        ...(inputs.mode === 'plan' ? leavePlanFile(context, run, observed.remembered) : {}),
      },
      summary: renderPlan(model, { ...shown, ...WHOLE_SUMMARY }),
    };
  } catch (error) {
    if (error instanceof PlanChanged) for (const line of error.lines) log.info(line);
    throw error;
  } finally {
    context.leaveNote('');
    protection.restore();
  }
}

/** @param hide is told what the log must not say, once that is known */
async function reconcileRoot(context: ProvisionContext, run: Run, hide: (redact: Redact) => void) {
  const { inputs, log } = context;
  const { terraform, directory, settings, key, reviewed } = run;
  let applied: OutputValues | undefined;
  const reconciled = await reconcile<Observed, Plan>(inputs.mode, log, {
    async observe() {
      writePrivate(settings.variablesFiles.at(-1) ?? '', run.variables);
      const program = await terraform.init({ backendConfig: run.backendConfig, lockFile: run.lockFile });
      log.info(`${program.product} ${program.version}, root ${directory}, environment ${inputs.environment}`);
      // Terraform may not be able to evaluate outputs of resources that were never made.
      if (settings.refreshOnly && !(await terraform.hasState())) {
        log.info('There is nothing in the state, so nothing of it can have changed.');
        const plan = parsePlan(NOTHING);
        return { plan, changes: false, remembered: undefined, ...redactionOfRun(context, run, plan) };
      }
      const { changes } = await terraform.plan(settings);
      const plan = await terraform.show(settings.planFile);
      const remembered = key === undefined ? undefined : remember(run, program, plan, key);
      const redaction = redactionOfRun(context, run, plan);
      hide(redaction.redact);
      return { plan, changes, remembered, ...redaction };
    },
    plan(seen) {
      const { remembered } = seen;
      const changes = changesOf(seen.plan);
      const approval =
        reviewed === undefined || remembered === undefined
          ? undefined
          : approve(reviewed.reviewed, remembered, seen.plan, seen.redact);
      if (approval?.file === 'reviewed') log.info(approval.sentence);
      else if (approval !== undefined) log.notice(approval.sentence);
      const steps = settings.refreshOnly ? driftSteps(seen.plan) : stepsOf(seen.plan, changes);
      const { redact } = seen;
      return {
        steps: seen.changes ? steps.map((step) => redactStep(step, redact)) : [],
        warnings: warningsOf(context, run, seen.plan, approval).map(redact),
        approval,
      };
    },
    async apply({ warnings, approval }, seen) {
      for (const warning of warnings) log.warning(warning);
      const { environment } = inputs;
      try {
        await applyAndAdopt({
          terraform,
          directory,
          settings,
          environment,
          log,
          groupIsOurs: groupTagsOf(context, environment),
          reviewedFile: approval?.file === 'reviewed' ? unsealed(context, run) : undefined,
          allowed: reviewed?.reviewed.changes ?? seen.plan,
          provisional: (reviewed?.reviewed.provisional ?? []).length > 0,
        });
      } catch (error) {
        redactError(error, seen.redact);
        throw error;
      }
    },
    async verify() {
      applied = await terraform.outputs();
      log.info(`${Object.keys(applied).length} outputs in the state`);
    },
  });
  // What is planned there are the values of now; what was deployed is in the state.
  if (inputs.mode === 'plan' && settings.refreshOnly) applied = await terraform.outputs();
  if (inputs.mode === 'plan') for (const warning of reconciled.plan.warnings) log.warning(warning);
  return { ...reconciled, applied };
}
