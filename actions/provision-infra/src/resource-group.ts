/** Whose a resource group is, by its tags in Azure: the proof for a root that is given its group and does not make it. */
import { type AzureContext, connectAzure } from '#toolkit/azure/connect';
import { tagsAreOurs } from './adoption.ts';

const API_VERSION = '2021-04-01';

/** The resource group that an id lies in, or undefined. */
export function groupOf(id: string): string | undefined {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+(?=\/)/i.exec(id)?.[0];
}

/** Asks Azure for the tags of an id's resource group. Without an identity to ask with, nothing is proven. */
export function groupTagsOf(context: AzureContext, environment: string): (id: string) => Promise<boolean> {
  return async (id) => {
    const group = groupOf(id);
    if (group === undefined || context.inputs.azureSubscriptionId === undefined) return false;
    const { resourceManager } = connectAzure(context);
    const found = await resourceManager.find<{ tags?: Record<string, string> }>(group, API_VERSION);
    return tagsAreOurs(found?.tags, environment);
  };
}
