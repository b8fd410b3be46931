/** Where the key of the plan files comes from: the input, or a Key Vault. */

import { type AzureContext, connectAzure } from '#toolkit/azure/connect';
import { readSecret } from '#toolkit/azure/key-vault';
import { UserError } from '#toolkit/errors';
import { checkPlanKey } from '#toolkit/terraform/plan-key';

/** The inputs that say where. */
export interface KeyInputs {
  planKey?: string | undefined;
  planKeyVault?: string | undefined;
  planKeySecret: string;
}

const VAULT = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)\/providers\/Microsoft\.KeyVault\/vaults\/([^/]+)$/i;

/**
 * The key; undefined when none is given. It is masked before it is returned.
 *
 * @throws UserError when it can be guessed, is given twice, or the vault does not give it
 */
export async function readPlanKey(
  context: AzureContext & { inputs: AzureContext['inputs'] & KeyInputs },
): Promise<string | undefined> {
  const { planKey, planKeyVault, planKeySecret } = context.inputs;
  if (planKey !== undefined && planKeyVault !== undefined)
    throw new UserError('Of the inputs "plan-key" and "plan-key-vault" only one may be given.');
  if (planKey !== undefined) {
    checkPlanKey(planKey, 'Input "plan-key"');
    return planKey;
  }
  if (planKeyVault === undefined) return undefined;
  const [, resourceGroup, vault] = VAULT.exec(planKeyVault) ?? [];
  if (resourceGroup === undefined || vault === undefined)
    throw new UserError(
      `Input "plan-key-vault" must be the resource id of a Key Vault, /subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/…; it is "${planKeyVault}".`,
    );
  const { secrets, clock, log, signal } = context;
  const { cloud, credential, resourceManager } = connectAzure(context);
  const client = { audience: cloud.keyVaultAudience, credential, clock, log, signal };
  const maker = 'make it once, with the output of `openssl rand -base64 32`';
  const options = { ...client, resourceManager, resourceGroup, vault, secrets, maker };
  const key = await readSecret(options, planKeySecret);
  checkPlanKey(key, `Secret ${planKeySecret} of Key Vault ${vault}`);
  return key;
}
