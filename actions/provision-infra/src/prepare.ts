/** From the inputs to everything that a run needs, before terraform is started: what can be refused is refused here. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionContext } from '#toolkit/action/run';
import { selectCloud } from '#toolkit/azure/cloud';
import { UserError } from '#toolkit/errors';
import { findTerraform } from '#toolkit/terraform/binary';
import type { PlanOptions } from '#toolkit/terraform/commands';
import { pluginCacheFolder, terraformEnvironment } from '#toolkit/terraform/environment';
import { createTerraform, type Terraform } from '#toolkit/terraform/terraform';
import { bindingOf } from './binding.ts';
import type { contract } from './contract.ts';
import { Refused } from './failure.ts';
import type { Binding } from './fingerprint.ts';
import { openPlan, type SealedPlan } from './plan-file.ts';
import { readPlanKey } from './plan-key.ts';
import { protectedResources } from './prevent-destroy.ts';
import { notKnownYet, type PlanInputs, variableDigests } from './reviewed-plan.ts';
import { digestOfRoot, hasLockFile } from './root-files.ts';
import {
  asVariables,
  checkEnvironmentName,
  checkIdentity,
  checkRoot,
  parseBackendConfig,
  renderVariables,
  variableFiles,
} from './settings.ts';

export type ProvisionContext = ActionContext<typeof contract>;

/** A run that is ready to begin. */
export interface Run {
  /** The root's folder, and the last part of its path. */
  directory: string;
  root: string;
  backendConfig: Readonly<Record<string, string>>;
  terraform: Terraform;
  /** How a plan is made here. */
  settings: PlanOptions;
  /** The text of the file of variables, the last of `settings.variablesFiles`. */
  variables: string;
  binding: Binding;
  /** The key of plan files; undefined: a preview, or an apply that nothing was reviewed for. */
  key: string | undefined;
  /** The plan that was reviewed. */
  reviewed: SealedPlan | undefined;
  inputs: PlanInputs;
  provisional: readonly string[];
  /** Resources that the root protects, when it is taken down. */
  guarded: readonly string[];
  /** The root came with a lock file of its providers. */
  lockFile: boolean;
}

/** The port to terraform, for this context; also what the post step needs. */
export function terraformOf(context: ProvisionContext): Terraform {
  const { inputs, environment } = context;
  const pluginCache = pluginCacheFolder(environment);
  return createTerraform({
    ...context,
    ...findTerraform(inputs.terraform, environment.PATH ?? ''),
    directory: inputs.workingDirectory,
    environment: terraformEnvironment(environment, inputs, {
      workspace: inputs.workspace,
      lockFile: hasLockFile(inputs.workingDirectory),
      pluginCache: pluginCache !== undefined && makeFolder(pluginCache) ? pluginCache : undefined,
    }),
  });
}

/** A cache that cannot be written is no cache. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

/** @throws UserError for every input that cannot be right, and `Refused` for a plan file that is not to be trusted */
export async function prepare(context: ProvisionContext): Promise<Run> {
  const { inputs, temporaryDirectory, environment } = context;
  const { workingDirectory: directory, mode, workspace } = inputs;
  checkEnvironmentName(inputs.environment);
  // Terraform takes the hosts as they are; here it is said which input is no address.
  selectCloud(inputs);
  checkIdentity(inputs, environment);
  const root = checkRoot(directory);
  const backendConfig = parseBackendConfig(inputs.backendConfig, { environment: inputs.environment, root });
  const variables = renderVariables(inputs.variables);
  if (mode === 'apply' && !inputs.lock) throw new UserError('Input "lock" must be true when "mode" is apply.');
  if (inputs.destroy && (inputs.refreshOnly || inputs.replace.length > 0))
    throw new UserError('Input "destroy" takes everything away; it cannot be given with "refresh-only" or "replace".');
  const ownFile = join(temporaryDirectory, 'variables.tfvars.json');
  const given = variableFiles(inputs.varFiles);
  const key = await readPlanKey(context);
  const bound = { environment: inputs.environment, workingDirectory: directory, backendConfig, workspace };
  const binding = bindingOf(environment, bound);
  const values = asVariables(inputs.variables);
  return {
    directory,
    root,
    backendConfig,
    variables,
    binding,
    key,
    terraform: terraformOf(context),
    settings: {
      planFile: join(temporaryDirectory, 'plan.tfplan'),
      variablesFiles: [...given, ownFile],
      parallelism: inputs.parallelism,
      lockTimeoutMilliseconds: inputs.lockTimeout,
      lock: inputs.lock,
      targets: inputs.targets,
      replace: inputs.replace,
      refreshOnly: inputs.refreshOnly,
      destroy: inputs.destroy,
    },
    reviewed: openReviewed(context, key, binding),
    inputs: { variables: variableDigests(values), files: digestOfRoot(directory, given) },
    provisional: notKnownYet(inputs.variablesKnownLater, values),
    guarded: inputs.destroy ? protectedResources(directory) : [],
    lockFile: hasLockFile(directory),
  };
}

/** Opens the file of the input `reviewed-plan`; undefined in a plan without one, and when there is no key either. */
function openReviewed(context: ProvisionContext, key: string | undefined, binding: Binding): SealedPlan | undefined {
  const { inputs, clock } = context;
  const { reviewedPlan: file } = inputs;
  if (file === undefined && (key === undefined || inputs.mode === 'plan')) return undefined;
  if (file === undefined)
    throw new UserError('Input "reviewed-plan" is needed in mode apply when there is a key: name the plan to apply.');
  if (key === undefined)
    throw new UserError(
      'Input "plan-key" is needed to open "reviewed-plan": give the secret that the plan was made with.',
    );
  if (!existsSync(file))
    throw new Refused(
      'plan-missing',
      `Input "reviewed-plan" names ${file}, which does not exist; was the artifact with the plan downloaded before this step, and is it not older than its retention?`,
    );
  return openPlan(readFileSync(file), file, { key, binding, now: clock.now(), expiryMilliseconds: inputs.planExpiry });
}

/** Where files go that later steps of the job use: they outlive this one. */
export function pathForLaterSteps(context: ProvisionContext, root: string, ending: string): string {
  const folder = join(context.environment.RUNNER_TEMP ?? tmpdir(), 'moodle-high-scale-plans');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, `${context.inputs.environment}-${root}`.replace(/[^\w.-]/g, '-') + ending);
}

/** Writes a file that only this user reads. */
export function writePrivate(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content, { mode: 0o600 });
}
