import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { InputsOf } from '#toolkit/action/contract';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { UserError } from '#toolkit/errors';
import { apiAddresses } from '#toolkit/github/api';
import { checkGate } from '#toolkit/github/gate';
import { checkPlanKey } from '#toolkit/terraform/plan-key';
import type { contract } from './contract.ts';
import { checkVariables } from './identity.ts';
import { parseEnvironment } from './parse.ts';
import type { Environment } from './schema.ts';

/** Reads the file, or says which there are. */
function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    let others: string[] = [];
    try {
      others = readdirSync(dirname(file)).filter((name) => name.endsWith('.yml'));
    } catch {
      // The folder is missing too; there is nothing to list.
    }
    const list =
      others.length === 0 ? `${dirname(file)} has no environment files` : `${dirname(file)} has ${others.join(', ')}`;
    throw new UserError(`There is no environment file ${file}; ${list}.`);
  }
}

/** Keys such as `operatorIpRanges` as `operator_ip_ranges`, without those that the file leaves out. */
function snakeKeys(values: Record<string, unknown>): Record<string, unknown> {
  const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [snakeCase(key), value]),
  );
}

/** The variables of `infra/`. What the file leaves out keeps Terraform's own default. */
function terraformVariables(environment: Environment): Record<string, unknown> {
  const { name, prefix, location, tags, access, platform, firewall, capacityAssumptions } = environment;
  const { concurrentUsers, examStartSeconds, domain } = environment;
  const { databaseAdmin } = access;
  const { databaseRestore } = platform;
  return {
    environment: name,
    name: prefix,
    location,
    tags,
    capacity_assumptions: capacityAssumptions,
    ...snakeKeys({ concurrentUsers, examStartSeconds, domain, ...access, ...platform }),
    ...snakeKeys({ usersBehindOneAddress: firewall.usersBehindOneAddress }),
    ...(databaseRestore === undefined ? {} : { database_restore: snakeKeys(databaseRestore) }),
    ...(databaseAdmin === undefined ? {} : { database_admin: snakeKeys(databaseAdmin) }),
  };
}

/** The build arguments of `images/moodle`. */
function imageArguments({ moodle }: Environment): string {
  const plugins = moodle.plugins.map(({ path, url, sha256 }) => `${path} ${url} ${sha256}`);
  return [
    `MOODLE_VERSION=${moodle.version}`,
    ...(moodle.sha256 === undefined ? [] : [`MOODLE_SHA256=${moodle.sha256}`]),
    ...(plugins.length === 0 ? [] : [`PLUGINS=${plugins.join(';')}`]),
  ].join('\n');
}

/** Moodle and its plugins, for the log. */
function software({ moodle }: Environment): string {
  const plugins = moodle.plugins.map(({ path, version }) => `${path} ${version}`);
  return [`Moodle ${moodle.version}`, ...(plugins.length === 0 ? [] : [`with ${plugins.join(', ')}`])].join(' ');
}

/** Without a key nothing can be reviewed that is applied later: that is said before anything is planned. */
function checkKey({ planKey, planKeyVault }: InputsOf<typeof contract>, environment: string): void {
  if (planKeyVault !== undefined) return;
  if (planKey === undefined)
    throw new UserError(
      `The secret PLAN_KEY is empty, and mode apply needs it: reviewed plans are encrypted with it. Make one with \`openssl rand -base64 32\`, keep it as a secret of the GitHub environments ${environment}-plan and ${environment}-deploy or of the repository, and hand it to the workflow with "secrets: PLAN_KEY".`,
    );
  checkPlanKey(planKey, 'The secret PLAN_KEY');
}

/** Reads the environment file, looks whether the job can sign in and, before an apply, at the gate and at the key. */
export async function readEnvironment(context: ActionContext<typeof contract>): Promise<ActionResult<typeof contract>> {
  const { inputs, log } = context;
  const file = inputs.file ?? `environments/${inputs.environment}.yml`;
  const environment = parseEnvironment(readFile(file), file, inputs.environment, inputs.overrides);
  log.info(
    `${file}: ${environment.concurrentUsers.toLocaleString('en')} users in ${environment.location}, ${software(environment)}`,
  );
  if (inputs.variablesOf !== undefined) checkVariables(inputs.variables, inputs.variablesOf);
  if (inputs.warnings && environment.moodle.sha256 === undefined) {
    log.warning(
      `${file} has no moodle.sha256, and the image build refuses an archive that nothing vouches for: give the SHA-256 of https://github.com/moodle/moodle/archive/refs/tags/v${environment.moodle.version}.tar.gz.`,
    );
  }
  if (inputs.mode === 'apply') {
    if (inputs.githubToken === undefined)
      throw new UserError('Input "github-token" is needed in mode apply, to look at the gate.');
    await checkGate({
      token: inputs.githubToken,
      apiUrl: apiAddresses(context.environment).apiUrl,
      repository: context.environment.GITHUB_REPOSITORY ?? '',
      environment: inputs.environment,
      reviewersRequired: environment.approval === 'required',
      log,
    });
    checkKey(inputs, inputs.environment);
  }
  return {
    outputs: {
      settings: environment,
      allowDestroy: environment.allowDestroy.join('\n'),
      terraformVariables: terraformVariables(environment),
      imageArguments: imageArguments(environment),
    },
  };
}
