/** Azure Container Registry: the registry itself, and the images that its own builds made. */
import { type ResourceManager, resourceId } from './resource-manager.ts';

const API_VERSION = '2025-04-01';
/** ACR Tasks has its own version; it is not in the newer ones of the registry. */
export const TASKS_API_VERSION = '2019-06-01-preview';
/** Runs looked through for an image. A registry keeps them for 30 days. */
const MOST_RUNS = 500;

/** A registry. */
export interface Registry {
  id: string;
  name: string;
  /** `name.azurecr.io`. */
  loginServer: string;
}

/** A build of ACR Tasks. */
export interface BuildRun {
  runId: string;
  status: 'Queued' | 'Started' | 'Running' | 'Succeeded' | 'Failed' | 'Canceled' | 'Error' | 'Timeout';
  runErrorMessage?: string;
  outputImages?: { registry: string; repository: string; tag?: string; digest: string }[];
}

/** Reads a registry. */
export async function getRegistry(arm: ResourceManager, resourceGroup: string, name: string): Promise<Registry> {
  const id = resourceId(arm.subscriptionId, resourceGroup, 'Microsoft.ContainerRegistry', 'registries', name);
  const { properties } = await arm.get<{ properties: { loginServer: string } }>(id, API_VERSION);
  return { id, name, loginServer: properties.loginServer };
}

/**
 * The digest of the image that a build pushed under this tag, or undefined. With the content hash as the tag it answers
 * "was this very context built already" over Resource Manager alone, without access to the registry's own host.
 */
export async function findBuiltImage(
  arm: ResourceManager,
  registry: Registry,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  const query = { $filter: "Status eq 'Succeeded'", $top: '100' };
  let looked = 0;
  for await (const { properties } of arm.pages<{ properties: BuildRun }>(
    `${registry.id}/runs`,
    TASKS_API_VERSION,
    query,
  )) {
    const image = properties.outputImages?.find((output) => output.repository === repository && output.tag === tag);
    if (image !== undefined) return image.digest;
    looked += 1;
    if (looked >= MOST_RUNS) return undefined;
  }
  return undefined;
}

/** An image in another registry, by digest. */
export interface SourceImage {
  /** Resource id of its registry, which may be of another subscription. */
  registryId: string;
  repository: string;
  /** `sha256:…` */
  digest: string;
}

/**
 * Has the registry copy an image from another one, layers and digest as they are. Azure copies after it has answered: look
 * with `hasImage` for the end.
 *
 * @param target `repository:tag`, so that nothing takes the image for one that nobody needs
 */
export async function importImage(
  arm: ResourceManager,
  registry: Registry,
  { registryId, repository, digest }: SourceImage,
  target: string,
): Promise<void> {
  await arm.post(`${registry.id}/importImage`, API_VERSION, {
    body: {
      source: { resourceId: registryId, sourceImage: `${repository}@${digest}` },
      targetTags: [target],
      // The same content under the same tag: writing it again changes nothing.
      mode: 'Force',
    },
  });
}
