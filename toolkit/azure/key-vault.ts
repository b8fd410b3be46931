/**
 * Reading one secret from Key Vault. The pipeline itself hardly does: pods read theirs by workload identity.
 * Vault address from Resource Manager (version 2024-11-01), secret from the vault (version 2025-07-01).
 */
import { UserError } from '../errors.ts';
import type { Secrets } from '../secrets.ts';
import { AzureError } from './azure-error.ts';
import { createJsonClient, type JsonClientOptions, type ResourceManager, resourceId } from './resource-manager.ts';

/** What a read needs: the client options are those of the vault's own tokens. */
export interface SecretOptions extends Omit<JsonClientOptions, 'endpoint'> {
  resourceManager: ResourceManager;
  resourceGroup: string;
  vault: string;
  secrets: Secrets;
  /** Where the secret should come from, as the end of a sentence. */
  maker?: string;
}

/**
 * The current value of a secret, masked before it is returned.
 *
 * @throws UserError when the vault's firewall, its permissions or the secret's absence stand in the way
 */
export async function readSecret(options: SecretOptions, name: string): Promise<string> {
  const { resourceManager, resourceGroup, vault, secrets, maker, ...client } = options;
  const id = resourceId(resourceManager.subscriptionId, resourceGroup, 'Microsoft.KeyVault', 'vaults', vault);
  const { properties } = await resourceManager.get<{ properties: { vaultUri: string } }>(id, '2024-11-01');
  const uri = new URL(properties.vaultUri);
  try {
    const path = `${uri.pathname}secrets/${encodeURIComponent(name)}`;
    const { value } = await createJsonClient({ ...client, endpoint: uri.origin }).get<{ value: string }>(
      path,
      '2025-07-01',
    );
    secrets.add(value);
    return value;
  } catch (error) {
    if (error instanceof AzureError) throw new UserError(secretSentence(error, vault, name, maker));
    throw error;
  }
}

/** Key Vault's refusals, each with its own cure. */
export function secretSentence(
  error: AzureError,
  vault: string,
  name: string,
  maker = "Terraform's root infra makes it",
): string {
  switch (error.code) {
    case 'ForbiddenByFirewall':
      return `The firewall of Key Vault ${vault} does not let this runner in; run on a runner in its network, or allow the runner's address. (${error.code})`;
    case 'ForbiddenByRbac':
      return `The identity may not read secrets of Key Vault ${vault}; give it the role Key Vault Secrets User. (${error.code})`;
    case 'SecretNotFound':
      return `Key Vault ${vault} has no secret ${name}; ${maker}. (${error.code})`;
    default:
      return error.message;
  }
}
