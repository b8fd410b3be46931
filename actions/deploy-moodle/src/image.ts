/** Builds the image in the registry, under a tag that is a digest of its content: what was built once is not built again. */
import { createHash } from 'node:crypto';
import { fingerprintOf } from '#toolkit/action/fingerprint';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import type { Step } from '#toolkit/action/steps';
import { summarize } from '#toolkit/action/summary';
import { AzureError } from '#toolkit/azure/azure-error';
import { packContext } from '#toolkit/azure/build-context';
import { connectAzure } from '#toolkit/azure/connect';
import { buildImage as build } from '#toolkit/azure/container-build';
import { findBuiltImage, getRegistry, type Registry } from '#toolkit/azure/container-registry';
import type { ResourceManager } from '#toolkit/azure/resource-manager';
import type { DeployContract } from './contract.ts';
import { promoteImage } from './promote.ts';

type Context = ActionContext<DeployContract>;

const DOCKERFILE = 'Dockerfile';

/** An agent that does not come in this time does not come at all: its pool cannot reach Azure Storage. */
const QUEUE_TIMEOUT_MILLISECONDS = 10 * 60_000;

/** What there is: the registry, and the image if its content was built before. */
interface Seen {
  registry?: Registry;
  arm?: ResourceManager;
  digest?: string;
}

/** The tag of a content with these arguments: 20 hexadecimal digits. */
export function contentTag(contentHash: string, buildArguments: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(buildArguments).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([contentHash, sorted]))
    .digest('hex')
    .slice(0, 20);
}

/** `NAME=value` lines as a record; values may hold `=`. */
export function parseArguments(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Plans, and in mode `apply` makes, the image. */
export async function deployImage(context: Context): Promise<ActionResult<DeployContract>> {
  const { inputs, log, clock, signal, secrets } = context;
  if (inputs.sourceImage !== undefined) return promoteImage(context, inputs.sourceImage);
  const buildArguments = parseArguments(inputs.buildArguments);
  const content = packContext(inputs.imageContext, DOCKERFILE);
  const { imageRepository: repository } = inputs;
  const tag = contentTag(content.contentHash, buildArguments);
  let digest: string | undefined;
  const { outcome, observed, plan } = await reconcile(inputs.mode, log, {
    async observe() {
      log.info(`${content.files} files in ${inputs.imageContext}: ${repository}:${tag}`);
      return findImage(context, repository, tag);
    },
    plan: (seen: Seen): { steps: Step[] } => {
      if (seen.digest !== undefined) return { steps: [] };
      const reason = seen.registry === undefined ? 'after infra' : 'this content was not built before';
      return { steps: [{ action: 'build', target: `${repository}:${tag}`, reason }] };
    },
    async apply(_, { registry, arm }) {
      if (registry === undefined || arm === undefined) throw new Error('There is no registry to build in.');
      const agentPool = inputs.agentPool === undefined ? {} : { agentPool: inputs.agentPool };
      const request = {
        context: content,
        dockerfile: DOCKERFILE,
        repository,
        tags: [tag],
        buildArguments,
        ...agentPool,
      };
      const timeoutMilliseconds = inputs.buildTimeout;
      const queueTimeoutMilliseconds = Math.min(QUEUE_TIMEOUT_MILLISECONDS, timeoutMilliseconds);
      const bounds = { timeoutMilliseconds, queueTimeoutMilliseconds };
      const built = await build(request, { resourceManager: arm, registry, clock, log, signal, secrets, ...bounds });
      digest = built.digest;
    },
    async verify() {
      const found = await findImage(context, repository, tag);
      if (found.digest === undefined || (digest !== undefined && found.digest !== digest)) {
        throw new Error(`The registry does not have ${repository}:${tag} as it was built (${digest}).`);
      }
      digest = found.digest;
    },
  });
  const host = observed.registry?.loginServer ?? inputs.registryLoginServer;
  const known = digest ?? observed.digest;
  const name = known === undefined ? `${repository}:${tag}` : `${repository}@${known}`;
  return {
    outcome,
    steps: plan.steps,
    outputs: {
      ...(host === undefined ? {} : { image: `${host}/${name}` }),
      fingerprint: fingerprintOf(plan.steps),
    },
    summary: summarize(`Build ${repository}`, outcome, plan.steps),
  };
}

/** Looks for the image; in a plan the registry may not be there yet. */
async function findImage(context: Context, repository: string, tag: string): Promise<Seen> {
  const { registryName, resourceGroup, mode } = context.inputs;
  if (registryName === undefined || resourceGroup === undefined) return {};
  const { resourceManager: arm } = connectAzure(context);
  try {
    const registry = await getRegistry(arm, resourceGroup, registryName);
    const digest = await findBuiltImage(arm, registry, repository, tag);
    return { registry, arm, ...(digest === undefined ? {} : { digest }) };
  } catch (error) {
    if (mode === 'plan' && error instanceof AzureError && error.status === 404) return {};
    throw error;
  }
}
