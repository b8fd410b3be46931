/** Takes an image over from another registry by its digest: what was tried there is what runs here, and nothing is built. */
import { fingerprintOf } from '#toolkit/action/fingerprint';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import type { Step } from '#toolkit/action/steps';
import { summarize } from '#toolkit/action/summary';
import { AzureError } from '#toolkit/azure/azure-error';
import { type Azure, connectAzure } from '#toolkit/azure/connect';
import { getRegistry, importImage, type Registry } from '#toolkit/azure/container-registry';
import { hasImage } from '#toolkit/azure/registry-manifest';
import { UserError } from '#toolkit/errors';
import { waitFor } from '#toolkit/process/progress';
import type { DeployContract } from './contract.ts';

type Context = ActionContext<DeployContract>;

/** `login-server/repository@sha256:…` in its parts. */
export interface ImageReference {
  loginServer: string;
  repository: string;
  digest: string;
}

/** @throws UserError when it is not by digest, or its registry is not named by an id */
export function readSource(image: string, registryId: string | undefined): ImageReference & { registryId: string } {
  const [, loginServer, repository, digest] = /^([^/@]+)\/([^@]+)@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  if (loginServer === undefined || repository === undefined || digest === undefined) {
    throw new UserError(
      `Input "source-image" must be by digest, registry/name@sha256:…, because only then it is the very image that was tried; it is "${image}".`,
    );
  }
  if (registryId === undefined || !/\/registries\/[^/]+$/i.test(registryId)) {
    throw new UserError(
      'Input "source-image" needs "source-registry-id", the resource id of its registry: /subscriptions/…/registries/NAME.',
    );
  }
  return { loginServer, repository, digest, registryId };
}

/** The tag under which it is kept: that of its content. */
export function promotedTag(digest: string): string {
  return `promoted-${digest.slice('sha256:'.length, 'sha256:'.length + 20)}`;
}

interface Seen {
  azure?: Azure;
  registry?: Registry;
  /** Undefined when that cannot be known from here. */
  there?: boolean;
}

/** Plans, and in mode `apply` does, the copy. */
export async function promoteImage(context: Context, given: string): Promise<ActionResult<DeployContract>> {
  const { inputs, log, clock, signal } = context;
  const source = readSource(given, inputs.sourceRegistryId);
  const { imageRepository: repository } = inputs;
  const target = `${repository}:${promotedTag(source.digest)}`;
  const { outcome, observed, plan } = await reconcile(inputs.mode, log, {
    observe: () => look(context, source.digest),
    plan: ({ registry, there }: Seen): { steps: Step[] } => {
      if (there === true) return { steps: [] };
      const reason =
        registry === undefined ? 'after infra' : `from ${source.loginServer}, ${source.digest.slice(0, 19)}…`;
      return { steps: [{ action: 'import', target, reason }] };
    },
    async apply(_, { azure, registry }) {
      if (azure === undefined || registry === undefined) throw new Error('There is no registry to import to.');
      await importImage(azure.resourceManager, registry, source, target);
      log.info(`Registry ${registry.name} copies ${given}.`);
      await waitFor({
        what: `the copy of ${source.repository} in registry ${registry.name}`,
        clock,
        log,
        signal,
        timeoutMilliseconds: inputs.buildTimeout,
        look: async () =>
          (await isThere(context, azure, registry, source.digest)) ? { done: true } : { seen: 'not there yet' },
      });
    },
    async verify() {
      const { there } = await look(context, source.digest);
      if (there !== true) throw new Error(`The registry does not have ${repository}@${source.digest}.`);
    },
  });
  const host = observed.registry?.loginServer ?? inputs.registryLoginServer;
  return {
    outcome,
    steps: plan.steps,
    outputs: {
      ...(host === undefined ? {} : { image: `${host}/${repository}@${source.digest}` }),
      fingerprint: fingerprintOf(plan.steps, source),
    },
    summary: summarize(`Promote ${repository}`, outcome, plan.steps),
  };
}

/** In a plan the registry may not be there yet, and the runner that plans may not reach it. */
async function look(context: Context, digest: string): Promise<Seen> {
  const { registryName, resourceGroup, mode } = context.inputs;
  if (registryName === undefined || resourceGroup === undefined) return {};
  const azure = connectAzure(context);
  let registry: Registry;
  try {
    registry = await getRegistry(azure.resourceManager, resourceGroup, registryName);
  } catch (error) {
    if (mode === 'plan' && error instanceof AzureError && error.status === 404) return {};
    throw error;
  }
  try {
    return { azure, registry, there: await isThere(context, azure, registry, digest) };
  } catch (error) {
    if (mode !== 'plan' || !(error instanceof AzureError)) throw error;
    context.log.warning(`Whether the image is in the registry already is not known from here: ${error.message}`);
    return { azure, registry };
  }
}

function isThere(context: Context, azure: Azure, registry: Registry, digest: string): Promise<boolean> {
  const { inputs, clock, log, signal, secrets } = context;
  const { loginServer } = registry;
  return hasImage(inputs.imageRepository, digest, {
    endpoint: inputs.registryEndpoint ?? `https://${loginServer}`,
    loginServer,
    tenantId: inputs.azureTenantId,
    credential: azure.credential,
    audience: azure.cloud.resourceManagerAudience,
    clock,
    log,
    signal,
    secrets,
  });
}
