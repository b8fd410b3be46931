/** The action: look at the connections, approve ours, prove that it is approved. */
import { escapeMarkdown, inlineCode, table } from '#toolkit/action/markdown';
import { reconcile } from '#toolkit/action/reconcile';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { summarize } from '#toolkit/action/summary';
import { type Azure, connectAzure } from '#toolkit/azure/connect';
import {
  approveConnection,
  findPrivateLinkService,
  listConnections,
  type PrivateEndpointConnection,
} from '#toolkit/azure/private-link';
import { resourceId } from '#toolkit/azure/resource-manager';
import { UserError } from '#toolkit/errors';
import { waitFor } from '#toolkit/process/progress';
import { approvalDescription } from './connections.ts';
import type { contract } from './contract.ts';
import { type Observed, type Plan, plan, type Wanted } from './plan.ts';

type Context = ActionContext<typeof contract>;

export async function approve(context: Context): Promise<ActionResult<typeof contract>> {
  const { inputs, log } = context;
  checkApply(inputs);
  const azure = connectAzure(context);
  const { nodeResourceGroup } = inputs;
  const serviceId =
    nodeResourceGroup === undefined
      ? undefined
      : resourceId(
          azure.resourceManager.subscriptionId,
          nodeResourceGroup,
          'Microsoft.Network',
          'privateLinkServices',
          inputs.privateLinkService,
        );
  const wanted: Wanted = {
    privateLinkService: inputs.privateLinkService,
    ownerService: inputs.ownerService,
    requestMessage: inputs.requestMessage,
  };
  const look = () => observe(azure, serviceId);
  let last: Plan = { steps: [], connection: undefined, foreignPending: [] };
  const {
    outcome,
    plan: made,
    observed,
  } = await reconcile<Observed, Plan>(inputs.mode, log, {
    observe: look,
    plan: (seen) => {
      last = plan(seen, wanted);
      return last;
    },
    apply: async (_, seen) => {
      if (seen.service === undefined)
        throw new UserError(
          `There is no Private Link Service ${inputs.privateLinkService} in resource group ${nodeResourceGroup}; AKS makes it with the Kubernetes Service ${inputs.ownerService}.`,
        );
      const connection = await waitForRequest(context, look, wanted);
      if (connection.status === 'Approved') return;
      await approveConnection(
        azure.resourceManager,
        connection,
        approvalDescription(connection.description, approver(context.environment)),
      );
      log.info(`Approved ${connection.name}.`);
    },
    verify: async () => {
      last = await waitForApproval(context, look, wanted);
    },
  });
  reportForeign(log, last.foreignPending);
  return {
    outcome,
    steps: made.steps,
    outputs: {
      privateLinkServiceId: observed.service?.id ?? '',
      connectionId: last.connection?.id ?? '',
      connectionName: last.connection?.name ?? '',
      foreignPending: last.foreignPending.map(({ name, description }) => ({ name, description })),
    },
    summary: summarize('Private link connection', outcome, made.steps, foreignTable(last.foreignPending)),
  };
}

/** What a plan may leave open must be known when it is applied. */
function checkApply(inputs: Context['inputs']): void {
  if (inputs.mode !== 'apply') return;
  const missing = [
    ...(inputs.nodeResourceGroup === undefined ? ['node-resource-group'] : []),
    ...(inputs.requestMessage === undefined ? ['request-message'] : []),
  ];
  if (missing.length > 0)
    throw new UserError(
      missing.map((name) => `Input "${name}" is required in mode apply and was not given.`).join('\n'),
    );
}

async function observe({ resourceManager }: Azure, serviceId: string | undefined): Promise<Observed> {
  const service = serviceId === undefined ? undefined : await findPrivateLinkService(resourceManager, serviceId);
  return { service, connections: service === undefined ? [] : await listConnections(resourceManager, service.id) };
}

/** Front Door's request arrives minutes after its origin was made. */
function waitForRequest(
  { inputs, clock, log, signal }: Context,
  look: () => Promise<Observed>,
  wanted: Wanted,
): Promise<PrivateEndpointConnection> {
  return waitFor<PrivateEndpointConnection>({
    what: `the request of our Front Door on ${inputs.privateLinkService}`,
    clock,
    log,
    signal,
    timeoutMilliseconds: inputs.timeout,
    intervalMilliseconds: inputs.pollInterval,
    look: async () => {
      const { connection, foreignPending } = plan(await look(), wanted);
      return connection === undefined
        ? { seen: `no connection carries the request message '${wanted.requestMessage}'${others(foreignPending)}` }
        : { done: connection };
    },
  });
}

/** Azure answers an approval before it has taken effect. */
function waitForApproval(
  { inputs, clock, log, signal }: Context,
  look: () => Promise<Observed>,
  wanted: Wanted,
): Promise<Plan> {
  return waitFor<Plan>({
    what: 'the approval to take effect',
    clock,
    log,
    signal,
    timeoutMilliseconds: inputs.timeout,
    intervalMilliseconds: Math.min(inputs.pollInterval, 1000),
    look: async () => {
      const now = plan(await look(), wanted);
      const { connection } = now;
      if (connection?.status === 'Approved' && connection.provisioningState === 'Succeeded') return { done: now };
      return {
        seen:
          connection === undefined
            ? 'the connection is gone'
            : `it is ${connection.status}, ${connection.provisioningState}`,
      };
    },
  });
}

function others(foreignPending: readonly PrivateEndpointConnection[]): string {
  const count = foreignPending.length;
  return count === 0 ? '' : `; ${count} pending ${count === 1 ? 'connection is' : 'connections are'} somebody else's`;
}

/** The run, as a person can open it from the portal. */
function approver(environment: Context['environment']): string | undefined {
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = environment;
  return repository === undefined || run === undefined ? undefined : `${repository} run ${run}`;
}

function reportForeign(log: Context['log'], foreignPending: readonly PrivateEndpointConnection[]): void {
  for (const { name, description } of foreignPending)
    log.notice(`Pending connection ${name} is not ours and stays pending. Its message: ${description}`);
}

function foreignTable(foreignPending: readonly PrivateEndpointConnection[]): string {
  if (foreignPending.length === 0) return '';
  const rows = foreignPending.map(({ name, description }) => [inlineCode(name), escapeMarkdown(description)]);
  return `Pending connections of others, left as they are:\n\n${table(['Connection', 'Message'], rows)}`;
}
