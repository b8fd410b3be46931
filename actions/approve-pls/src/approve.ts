/** The action: look at the connections, approve ours, prove that it is approved. */
import { fingerprintOf } from '#toolkit/action/fingerprint';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { summarize } from '#toolkit/action/summary';
import { AzureError } from '#toolkit/azure/azure-error';
import { type Azure, connectAzure } from '#toolkit/azure/connect';
import { decideConnection } from '#toolkit/azure/private-link';
import { resourceId } from '#toolkit/azure/resource-manager';
import { UserError } from '#toolkit/errors';
import { approvalDescription, rejectionDescription } from './connections.ts';
import type { contract } from './contract.ts';
import { missingService } from './missing-service.ts';
import { withRole } from './permission.ts';
import { type Observed, type Plan, plan, type Wanted } from './plan.ts';
import { describeService, details, reportForeign } from './report.ts';
import { FrontendStale } from './stale.ts';
import { Watch } from './watch.ts';

type Context = ActionContext<typeof contract>;
type Result = ActionResult<typeof contract>;

export async function approve(context: Context): Promise<Result> {
  checkInputs(context.inputs);
  try {
    return await approveOurs(context);
  } catch (error) {
    throw withRole(error);
  }
}

/** What a failed run hands on: a workflow may look at it with `if: failure()`. */
export function failed(error: unknown): Pick<Result, 'outputs'> {
  return { outputs: { frontendStale: error instanceof FrontendStale } };
}

async function approveOurs(context: Context): Promise<Result> {
  const { inputs, log } = context;
  const azure = connectAzure(context);
  const wanted: Wanted = {
    privateLinkService: inputs.privateLinkService,
    ownerService: inputs.ownerService,
    requestMessage: inputs.requestMessage,
    foreign: inputs.foreign,
  };
  const watch = watchOf(context, azure, wanted);
  let stale = false;
  let now: Plan | undefined;
  const {
    outcome,
    plan: made,
    observed,
  } = await reconcile<Observed, Plan>(inputs.mode, log, {
    observe: async () => {
      const seen = (await watch?.observe()) ?? { service: undefined, connections: [] };
      if (seen.service !== undefined) log.info(describeService(seen.service));
      return seen;
    },
    plan: (seen) => {
      const first = watch?.plan(seen) ?? plan(seen, wanted);
      stale = first.stale !== undefined;
      return first;
    },
    apply: async (first, seen) => {
      if (watch === undefined || seen.service === undefined)
        throw await missingService(context, azure, inputs.nodeResourceGroup ?? '');
      stale = await unlessStale(context, () => act(context, azure, watch, first));
    },
    verify: async (first) => {
      if (watch === undefined || stale) return;
      stale = await unlessStale(context, async () => {
        now = await watch.effect(first.rejected);
        if (!inputs.originHealth || inputs.originId === undefined) return;
        log.info(`${await watch.health(inputs.originId)} % of Front Door's health probes succeed.`);
      });
    },
  });
  reportForeign(log, made);
  const { connection, foreignPending } = now ?? made;
  const { service } = observed;
  return {
    // What could not be done yet is still planned.
    outcome: stale ? 'planned' : outcome,
    steps: made.steps,
    outputs: {
      privateLinkServiceId: service?.id ?? '',
      privateLinkServiceAlias: service?.alias ?? '',
      frontendStale: stale,
      fingerprint: fingerprintOf(made.steps, inputs.requestMessage),
      connectionId: connection?.id ?? '',
      connectionName: connection?.name ?? '',
      foreignPending: foreignPending.map(({ name, description }) => ({ name, description })),
    },
    summary: summarize('Private link connection', stale ? 'planned' : outcome, made.steps, details(service, made)),
  };
}

/** What a plan may leave open must be known when it is applied. */
function checkInputs(inputs: Context['inputs']): void {
  const missing =
    inputs.mode === 'plan'
      ? []
      : [
          ...(inputs.nodeResourceGroup === undefined ? ['node-resource-group'] : []),
          ...(inputs.requestMessage === undefined ? ['request-message'] : []),
        ];
  if (missing.length > 0)
    throw new UserError(
      missing.map((name) => `Input "${name}" is required in mode apply and was not given.`).join('\n'),
    );
  if (inputs.originHealth && inputs.originId === undefined)
    throw new UserError('Input "origin-health" needs "origin-id", which was not given.');
  if (inputs.originId !== undefined && !ORIGIN_ID.test(inputs.originId))
    throw new UserError(
      `Input "origin-id" must be the resource id of a Front Door origin, /subscriptions/…/profiles/…/originGroups/…/origins/…; it is "${inputs.originId}".`,
    );
  if (!/^[^/]+\/[^/]+$/.test(inputs.ownerService))
    throw new UserError(
      `Input "owner-service" must be a namespace and a name, such as moodle/moodle-svc; it is "${inputs.ownerService}".`,
    );
}

const ORIGIN_ID =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Cdn\/profiles\/[^/]+\/originGroups\/[^/]+\/origins\/[^/]+$/i;

/** Undefined in a plan of a platform that is not built yet. */
function watchOf(context: Context, azure: Azure, wanted: Wanted): Watch | undefined {
  const { nodeResourceGroup, privateLinkService } = context.inputs;
  if (nodeResourceGroup === undefined) return undefined;
  const { subscriptionId } = azure.resourceManager;
  const provider = ['Microsoft.Network', 'privateLinkServices', privateLinkService];
  return new Watch(context, azure, resourceId(subscriptionId, nodeResourceGroup, ...provider), wanted);
}

/** Does the steps: strangers are rejected first, since ours may have to be waited for. */
async function act({ log, environment }: Context, azure: Azure, watch: Watch, first: Plan): Promise<void> {
  const { resourceManager } = azure;
  const who = approver(environment);
  for (const stranger of first.rejected) {
    await decideConnection(resourceManager, stranger, 'Rejected', rejectionDescription(who));
    log.info(`Rejected ${stranger.name}.`);
  }
  for (;;) {
    const connection = await watch.request();
    if (connection.status === 'Approved') return;
    try {
      const description = approvalDescription(connection.description, who);
      await decideConnection(resourceManager, connection, 'Approved', description);
      log.info(`Approved ${connection.name}.`);
      return;
    } catch (error) {
      // Gone between the look and the approval; the next look tells whether another will come.
      if (!(error instanceof AzureError) || error.status !== 404) throw error;
      log.warning(`Connection ${connection.name} was gone when it was to be approved.`);
    }
  }
}

/** Whether the front door turned out to be stale, for those who want it as an output. */
async function unlessStale({ inputs, log }: Context, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (!(error instanceof FrontendStale) || inputs.staleFrontend === 'fail') throw error;
    log.warning(error.message);
    return true;
  }
}

/** The run, as a person can open it from the portal. */
function approver(environment: Context['environment']): string | undefined {
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = environment;
  return repository === undefined || run === undefined ? undefined : `${repository} run ${run}`;
}
