/** The phase itself: plan the root, apply exactly that plan, hand on the outputs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { camelCase } from '#toolkit/action/contract';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import type { Step } from '#toolkit/action/steps';
import { UserError } from '#toolkit/errors';
import { findTerraform } from '#toolkit/terraform/binary';
import { terraformEnvironment } from '#toolkit/terraform/environment';
import type { OutputValues, PlanJson } from '#toolkit/terraform/plan-json';
import { createTerraform } from '#toolkit/terraform/terraform';
import { applyAndAdopt } from './apply.ts';
import { type contract, rootOutputSpecs } from './contract.ts';
import { destructionWarnings } from './destruction.ts';
import { typedOutputs } from './outputs.ts';
import { type Change, changesOf, countChanges, stepsOf } from './plan-model.ts';
import { groupTagsOf } from './resource-group.ts';
import { checkRoot, parseBackendConfig, renderVariables } from './settings.ts';
import { renderSummary } from './summary.ts';

type ProvisionContext = ActionContext<typeof contract>;

/** What terraform would do; `changes` is its own word on whether that is anything. */
interface Observed {
  plan: PlanJson;
  changes: boolean;
}

/** A plan, with what follows from it. */
interface Plan {
  steps: Step[];
  changes: Change[];
}

/** Runs the phase. The plan and the variables are files of this run alone and are gone when it ends. */
export async function provision(context: ProvisionContext): Promise<ActionResult<typeof contract>> {
  const { inputs, log, secrets } = context;
  const directory = inputs.workingDirectory;
  const root = checkRoot(directory);
  const backendConfig = parseBackendConfig(inputs.backendConfig, { environment: inputs.environment, root });
  const variables = renderVariables(inputs.variables);
  if (inputs.mode === 'apply' && !inputs.lock) throw new UserError('Input "lock" must be true when "mode" is apply.');
  const binary = await findTerraform(context.exec, inputs.terraform);
  log.info(`${binary.product} ${binary.version}, root ${directory}, environment ${inputs.environment}`);
  const terraform = createTerraform({
    ...context,
    binary,
    directory,
    environment: terraformEnvironment(context.environment, inputs),
  });
  const files = {
    planFile: join(context.temporaryDirectory, 'plan.tfplan'),
    variablesFile: join(context.temporaryDirectory, 'variables.tfvars.json'),
  };
  const settings = { ...files, parallelism: inputs.parallelism, lockTimeoutMilliseconds: inputs.lockTimeout };

  let warnings: string[] = [];
  let applied: OutputValues | undefined;
  const { outcome, observed, plan } = await reconcile<Observed, Plan>(inputs.mode, log, {
    async observe() {
      writeFileSync(files.variablesFile, variables, { mode: 0o600 });
      await terraform.init(backendConfig);
      const { changes } = await terraform.plan({ ...settings, lock: inputs.lock });
      return { plan: await terraform.show(files.planFile), changes };
    },
    plan(seen) {
      const changes = changesOf(seen.plan);
      warnings = destructionWarnings(changes);
      return { changes, steps: seen.changes ? stepsOf(seen.plan, changes) : [] };
    },
    async apply() {
      for (const warning of warnings) log.warning(warning);
      const { environment } = inputs;
      const groupIsOurs = groupTagsOf(context, environment);
      await applyAndAdopt({ terraform, directory, settings, environment, log, groupIsOurs });
    },
    async verify() {
      applied = await terraform.outputs();
      log.info(`${Object.keys(applied).length} outputs in the state`);
    },
  });
  if (outcome === 'planned') for (const warning of warnings) log.warning(warning);

  const outputs = typedOutputs(applied ?? observed.plan.planned_values.outputs, rootOutputSpecs);
  for (const secret of outputs.secrets) secrets.add(secret);
  for (const name of outputs.withheld)
    log.warning(`Output "${name}" is marked as sensitive in ${directory} and is not handed on.`);
  const counts = countChanges(plan.changes);
  const given = Object.fromEntries(Object.entries(outputs.values).map(([name, value]) => [camelCase(name), value]));
  return {
    outcome,
    steps: plan.steps,
    outputs: {
      ...given,
      createCount: counts.create,
      updateCount: counts.update,
      replaceCount: counts.replace,
      destroyCount: counts.destroy,
    },
    summary: renderSummary({ root, environment: inputs.environment, outcome, steps: plan.steps, warnings }),
  };
}
