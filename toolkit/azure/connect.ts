/** From the common Azure inputs to clients that work. */
import type { TokenCredential } from '@azure/identity';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Secrets } from '../secrets.ts';
import { type Cloud, type CloudInputs, selectCloud } from './cloud.ts';
import { createCredential } from './credential.ts';
import { requestIdToken } from './id-token.ts';
import { createResourceManager, type ResourceManager } from './resource-manager.ts';

/** The part of an action's context that Azure needs; `ActionContext` of an action with the Azure inputs fits. */
export interface AzureContext {
  inputs: CloudInputs & {
    azureTenantId?: string | undefined;
    azureClientId?: string | undefined;
    azureSubscriptionId?: string | undefined;
  };
  environment: Readonly<Record<string, string | undefined>>;
  secrets: Secrets;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/** Azure, signed in to when the first request needs it. */
export interface Azure {
  cloud: Cloud;
  credential: TokenCredential;
  resourceManager: ResourceManager;
}

/**
 * Connects with the identity and the cloud of the inputs. No request is made yet.
 *
 * @throws UserError when an id that is needed is missing, a host is not `https`, or the job may not have an identity token
 */
export function connectAzure(context: AzureContext): Azure {
  const { inputs, environment, secrets, clock, log, signal } = context;
  if (inputs.azureSubscriptionId === undefined)
    throw new UserError('Input "azure-subscription-id" is needed and was not given.');
  const cloud = selectCloud(inputs);
  const credential = createCredential({
    cloud,
    tenantId: inputs.azureTenantId,
    clientId: inputs.azureClientId,
    environment,
    requestIdToken: (audience) => requestIdToken(audience, { environment, clock, log, signal }),
    secrets,
    log,
    clock,
    signal,
  });
  const resourceManager = createResourceManager({
    endpoint: cloud.resourceManager,
    audience: cloud.resourceManagerAudience,
    credential,
    clock,
    log,
    signal,
    subscriptionId: inputs.azureSubscriptionId,
  });
  return { cloud, credential, resourceManager };
}
