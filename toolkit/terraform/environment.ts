/** The environment that terraform, its azurerm provider and its azurerm backend run with. */
import { join } from 'node:path';

/** The common Azure inputs, as far as terraform knows their like. */
export interface AzureSettings {
  azureTenantId?: string | undefined;
  azureClientId?: string | undefined;
  azureSubscriptionId?: string | undefined;
  azureCloud: 'public' | 'us-government' | 'china';
  azureResourceManagerEndpoint?: string | undefined;
}

/** What a run chooses besides. */
export interface TerraformChoices {
  workspace?: string | undefined;
  /** Folder of the plugin cache. */
  pluginCache?: string | undefined;
  /** Whether the root came with a lock file. Without one terraform passes over its cache, to write a complete one. */
  lockFile?: boolean;
}

/** The names the provider has for the clouds (https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs). */
const CLOUDS = { public: 'public', 'us-government': 'usgovernment', china: 'china' } as const;

/**
 * The process's own environment, and on top of it who signs in and where. The provider and the backend exchange GitHub's
 * ID token by themselves, as often as needed, when the job has `id-token: write`; without it they use what else they find.
 */
export function terraformEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  azure: AzureSettings,
  more: TerraformChoices = {},
): Record<string, string> {
  const own: Record<string, string | undefined> = {
    TF_IN_AUTOMATION: 'true',
    CHECKPOINT_DISABLE: 'true',
    TF_WORKSPACE: more.workspace ?? inherited.TF_WORKSPACE,
    TF_PLUGIN_CACHE_DIR: more.pluginCache ?? inherited.TF_PLUGIN_CACHE_DIR,
    TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE:
      more.pluginCache === undefined || more.lockFile
        ? inherited.TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE
        : 'true',
    ARM_TENANT_ID: azure.azureTenantId ?? inherited.ARM_TENANT_ID,
    ARM_CLIENT_ID: azure.azureClientId ?? inherited.ARM_CLIENT_ID,
    ARM_SUBSCRIPTION_ID: azure.azureSubscriptionId ?? inherited.ARM_SUBSCRIPTION_ID,
    ARM_ENVIRONMENT: CLOUDS[azure.azureCloud],
    ARM_USE_OIDC: inherited.ACTIONS_ID_TOKEN_REQUEST_URL === undefined ? inherited.ARM_USE_OIDC : 'true',
    ARM_METADATA_HOSTNAME:
      azure.azureResourceManagerEndpoint === undefined
        ? inherited.ARM_METADATA_HOSTNAME
        : new URL(azure.azureResourceManagerEndpoint).host,
  };
  const entries = Object.entries({ ...inherited, ...own });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * The folder in which providers are kept from one init to the next: the one that is set, else one in the runner's tool
 * cache, which outlives a job on a self-hosted runner and a step on all. Undefined: they are downloaded each time.
 */
export function pluginCacheFolder(inherited: Readonly<Record<string, string | undefined>>): string | undefined {
  const { TF_PLUGIN_CACHE_DIR: chosen, RUNNER_TOOL_CACHE: tools } = inherited;
  if (chosen !== undefined && chosen !== '') return chosen;
  return tools === undefined || tools === '' ? undefined : join(tools, 'terraform-plugin-cache');
}
