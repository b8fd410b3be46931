/** What the rehearsal must know of an environment file before the pipeline reads it. */
import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { exampleCaller } from './caller.ts';
import { AZURE, repositoryRoot, type SiteFacts, stateDirectory, type WorldFacts } from './layout.ts';
import type { Environment } from './runner/options.ts';

/** The person who decides at a gate. */
export const REVIEWER = 'ada';

/** What the environment file says of its host name and its gate. A file that is missing or broken is the pipeline's to report. */
export function readSettings(
  environment: string,
  folder: string,
  file = join(folder, `${environment}.yml`),
): { domain?: string; approval: string } {
  if (!existsSync(file)) return { approval: 'none' };
  try {
    const { domain, approval = 'required' } = parse(readFileSync(file, 'utf8')) as {
      domain?: string;
      approval?: string;
    };
    return { approval, ...(domain === undefined ? {} : { domain }) };
  } catch {
    return { approval: 'none' };
  }
}

/** Where the environment files are: here, or in the repository that calls. */
export function environmentFolder({ caller }: { caller: boolean }): string {
  return join(caller ? exampleCaller : repositoryRoot, 'environments');
}

/** The environments that have a file, and the one that was asked for, which may have none. */
export function environmentNames(asked: string, folder: string): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yml'));
  return [...new Set([asked, ...files.map((file) => file.replace(/\.yml$/, ''))])];
}

/** The GitHub environments that a platform team makes once: for each the gate, and the two identities behind it. */
export function githubEnvironments(
  names: readonly string[],
  folder: string,
  facts: WorldFacts,
): Record<string, Environment> {
  // As a secret of the environments it takes the place of the one that the workflows hand on, which is empty here.
  // The same as long as the world is: failed jobs that are run again read what the first attempt encrypted.
  const secrets = { PLAN_KEY: createHmac('sha256', facts.controlKey).update('plan').digest('base64') };
  const entries = names.flatMap((name): [string, Environment][] => {
    const site = facts.sites[name] ?? facts;
    const identity = (clientId: string): Environment => ({
      vars: { ...variablesOf(site), AZURE_CLIENT_ID: clientId },
      secrets,
      runnerEnvironment: { TF_REATTACH_PROVIDERS: site.terraformProviders },
    });
    return [
      [name, { reviewers: readSettings(name, folder).approval === 'required' ? [REVIEWER] : [] }],
      [`${name}-plan`, identity(AZURE.planClientId)],
      [`${name}-deploy`, identity(AZURE.deployClientId)],
    ];
  });
  return Object.fromEntries(entries);
}

function variablesOf(site: SiteFacts): Record<string, string> {
  return {
    AZURE_TENANT_ID: AZURE.tenantId,
    AZURE_SUBSCRIPTION_ID: AZURE.subscriptionId,
    AZURE_AUTHORITY_HOST: site.azureUrl,
    AZURE_RESOURCE_MANAGER_ENDPOINT: site.azureUrl,
    REGISTRY_ENDPOINT: site.azureUrl,
    TERRAFORM_BACKEND_CONFIG: `path=${join(stateDirectory, 'terraform')}/{environment}/{root}.tfstate`,
    SMOKE_CONNECT_TO: site.frontDoor,
    SMOKE_CONNECT_TO_PLAIN: site.frontDoorPlain,
    SMOKE_TIMEOUT: '3m',
  };
}
