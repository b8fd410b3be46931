/** Real terraform plans of the real roots, for the environments of this repository, on the stand-in providers. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { serveTestProviders } from '../../rehearsal/terraform/provider/testing.ts';
import { runTerraform, type TerraformEnd } from '../../rehearsal/terraform/run.testing.ts';
import type { Plan } from './plan-json.ts';

const repository = resolve(import.meta.dirname, '../..');

export type Variables = Record<string, unknown>;

/** A copy of `infra/` with a local state, an Azure in memory, and terraform to run on both. */
export interface Workbench {
  /** The copy of `infra/`. */
  folder: string;
  /** Prepares one root; needed once, and again after a change of its modules or providers. */
  init(root: string): Promise<TerraformEnd>;
  run(root: string, args: readonly string[]): Promise<TerraformEnd>;
  plan(root: string, variables: Variables): Promise<TerraformEnd>;
  /** Plans and reads the plan. Throws what terraform says when it fails. */
  planJson(root: string, variables: Variables): Promise<Plan>;
  close(): Promise<void>;
}

export async function openWorkbench(): Promise<Workbench> {
  const home = mkdtempSync(join(tmpdir(), 'infrastructure-test-'));
  const folder = join(home, 'infra');
  cpSync(join(repository, 'infra'), folder, {
    recursive: true,
    filter: (source) => !/\.terraform(\/|$)|\.tfstate/.test(source),
  });
  for (const root of [folder, join(folder, 'frontend')])
    writeFileSync(join(root, 'backend_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
  const providers = await serveTestProviders();

  const run = (root: string, args: readonly string[]): Promise<TerraformEnd> =>
    runTerraform(join(home, root), args, providers.environment);
  const plan = (root: string, variables: Variables): Promise<TerraformEnd> => {
    writeFileSync(join(home, root, 'test.tfvars.json'), JSON.stringify(variables));
    return run(root, ['plan', '-input=false', '-no-color', '-var-file=test.tfvars.json', '-out=test.plan']);
  };
  return {
    folder,
    run,
    plan,
    init: (root) => run(root, ['init', '-input=false', '-no-color']),
    async planJson(root, variables) {
      succeeded(await plan(root, variables));
      const shown = JSON.parse(succeeded(await run(root, ['show', '-json', 'test.plan']))) as Plan;
      return { ...shown, prevent_destroy: guarded(join(home, root)) };
    },
    async close() {
      await providers.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export function succeeded({ exitCode, stdout, stderr }: TerraformEnd): string {
  if (exitCode !== 0) throw new Error(stderr || stdout);
  return stdout;
}

/** A message without the frame and the line breaks that terraform gives it. */
export const unwrapped = (text: string): string => text.replace(/[│╷╵]/g, ' ').replace(/\s+/g, ' ');

/** Addresses of a root's resources that have `prevent_destroy`. The files are formatted: a block ends at a brace in column 1. */
function guarded(folder: string): string[] {
  const text = readdirSync(folder)
    .filter((file) => file.endsWith('.tf'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  return [...text.matchAll(/^resource "(\w+)" "(\w+)" \{[\s\S]*?^\}/gm)]
    .filter(([block]) => /prevent_destroy\s*=\s*true/.test(block))
    .map(([, type, name]) => `${type}.${name}`);
}

/** The keys that an environment file may have beside the numbers and names of `infra/`. */
interface EnvironmentFile {
  name: string;
  location: string;
  concurrentUsers: number;
  tags: Record<string, string>;
  access?: Variables;
  platform?: Variables;
}

/** Variables of `infra/` as an environment file gives them: `highAvailability` is `high_availability`. */
export function platformVariables(environment: string): Variables {
  const file = parse(readFileSync(join(repository, `environments/${environment}.yml`), 'utf8')) as EnvironmentFile;
  const { name, location, concurrentUsers, tags, access, platform } = file;
  const chosen = Object.entries({ ...access, ...platform }).map(([key, value]) => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return { environment: name, location, concurrent_users: concurrentUsers, tags, ...Object.fromEntries(chosen) };
}

/** Variables of `infra/frontend/`, which come from the platform's outputs. */
export function frontendVariables(platform: Plan, variables: Variables): Variables {
  const { environment, location, tags, domain = '' } = variables;
  const { outputs } = platform.planned_values;
  const from = (name: string): unknown => outputs[name]?.value;
  return {
    environment,
    location,
    tags,
    domain,
    resource_group_name: from('resource_group_name'),
    node_resource_group_name: from('node_resource_group_name'),
    front_door_profile_name: from('front_door_profile_name'),
    front_door_endpoint_host: from('front_door_endpoint_host'),
    rate_limit_per_minute: from('rate_limit_per_minute'),
  };
}
