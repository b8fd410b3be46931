/** What the rehearsal must know of an environment file before the pipeline reads it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { AZURE, repositoryRoot, stateDirectory, type WorldFacts } from './layout.ts';
import type { Environment } from './runner/options.ts';

/** The person who decides at a gate. */
export const REVIEWER = 'ada';

/** What the environment file says of its host name and its gate. A file that is missing or broken is the pipeline's to report. */
export function readSettings(environment: string): { domain?: string; approval: string } {
  const file = join(repositoryRoot, 'environments', `${environment}.yml`);
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

/** The GitHub environments that a platform team makes once: the gate, and the two identities behind it. */
export function githubEnvironments(
  environment: string,
  approval: string,
  facts: WorldFacts,
): Record<string, Environment> {
  const common = {
    AZURE_TENANT_ID: AZURE.tenantId,
    AZURE_SUBSCRIPTION_ID: AZURE.subscriptionId,
    AZURE_AUTHORITY_HOST: facts.azureUrl,
    AZURE_RESOURCE_MANAGER_ENDPOINT: facts.azureUrl,
    TERRAFORM_BACKEND_CONFIG: `path=${join(stateDirectory, 'terraform')}/{environment}/{root}.tfstate`,
    SMOKE_CONNECT_TO: facts.frontDoor,
  };
  return {
    [environment]: { reviewers: approval === 'required' ? [REVIEWER] : [] },
    [`${environment}-plan`]: { vars: { ...common, AZURE_CLIENT_ID: AZURE.planClientId } },
    [`${environment}-deploy`]: { vars: { ...common, AZURE_CLIENT_ID: AZURE.deployClientId } },
  };
}
