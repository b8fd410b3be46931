/** What has to be done about the connections that there are. Pure. */
import type { Step } from '#toolkit/action/steps';
import type { PrivateEndpointConnection, PrivateLinkService } from '#toolkit/azure/private-link';
import { UserError } from '#toolkit/errors';
import { LONGEST_DESCRIPTION, sortConnections } from './connections.ts';
import { REPLACED, whyStale } from './stale.ts';

/** What was seen. */
export interface Observed {
  /** Undefined when there is none yet. */
  service: PrivateLinkService | undefined;
  connections: readonly PrivateEndpointConnection[];
  /** Front Door's own word on its private link; undefined when it was not asked or does not say. */
  originStatus?: string | undefined;
}

/** What is wanted. */
export interface Wanted {
  privateLinkService: string;
  ownerService: string;
  /** Undefined, in a plan, when Terraform has not made it yet. */
  requestMessage: string | undefined;
  /** What becomes of requests that are not ours. */
  foreign: 'report' | 'reject';
  /** The alias that the service had when it was looked at first. */
  firstAlias?: string | undefined;
}

export interface Plan {
  steps: readonly Step[];
  /** Ours, when the request has arrived. */
  connection: PrivateEndpointConnection | undefined;
  /** Strangers' requests that are rejected. */
  rejected: readonly PrivateEndpointConnection[];
  foreignPending: readonly PrivateEndpointConnection[];
  foreignApproved: readonly PrivateEndpointConnection[];
  /** Why Front Door will not ask by itself; undefined when it may. */
  stale: string | undefined;
}

/**
 * The least that makes our connection approved: nothing, or one approval; and, when it is wished, the rejection of strangers.
 *
 * @throws UserError when the Private Link Service is another's or failed, when more than one connection carries our message,
 *   or when somebody rejected ours
 */
export function plan(observed: Observed, wanted: Wanted): Plan {
  const { service, connections } = observed;
  const { privateLinkService, ownerService, requestMessage } = wanted;
  if (requestMessage !== undefined && requestMessage.length > LONGEST_DESCRIPTION)
    throw new UserError(
      `Input "request-message" is ${requestMessage.length} characters long; Azure allows ${LONGEST_DESCRIPTION}.`,
    );
  const target = `connection on ${privateLinkService}`;
  const later = (reason: string): Plan => ({ ...NOTHING, steps: [{ action: 'approve', target, reason }] });
  if (service === undefined) return later('the Private Link Service is not there yet');
  checkService(service, ownerService);
  if (requestMessage === undefined) return later('Front Door has no request message yet');
  const sorted = sortConnections(connections, requestMessage);
  const { ours, spent, foreignPending, foreignApproved } = sorted;
  const [connection, ...others] = ours;
  if (others.length > 0)
    throw new UserError(
      `${ours.length} connections on ${service.name} carry the request message '${requestMessage}' (${ours
        .map(({ name, status }) => `${name}: ${status}`)
        .join(
          ', ',
        )}). One of them may be a stranger's, so none is approved; find out which is ours and reject or remove the other.`,
    );
  const refused = spent.find(({ status }) => status === 'Rejected');
  if (connection === undefined && refused !== undefined)
    throw new UserError(
      `Somebody rejected our connection ${refused.name} on ${service.name} ('${refused.description}'), and that is final: Front Door asks anew only when Terraform makes its origin anew. If it was a mistake, apply infra/frontend once more and replace ${REPLACED.join(', ')}.`,
    );
  const stale = whyStale(observed, sorted, wanted.firstAlias);
  const rejected = wanted.foreign === 'reject' ? foreignPending : [];
  const steps: Step[] = rejected.map(({ name }) => ({
    action: 'reject',
    target: name,
    reason: 'its message is not ours',
  }));
  if (connection === undefined) {
    const reason = stale === undefined ? 'Front Door has not requested it yet' : 'Front Door must ask anew first';
    steps.push({ action: 'approve', target, reason });
  } else if (connection.status === 'Pending')
    steps.push({ action: 'approve', target: connection.name, reason: 'it carries our request message' });
  return { steps, connection, rejected, foreignPending, foreignApproved, stale };
}

const NOTHING: Plan = {
  steps: [],
  connection: undefined,
  rejected: [],
  foreignPending: [],
  foreignApproved: [],
  stale: undefined,
};

function checkService({ name, owner, provisioningState }: PrivateLinkService, ownerService: string): void {
  if (owner === undefined)
    throw new UserError(
      `Private Link Service ${name} has no tag kubernetes-owner-service, so AKS did not make it for ${ownerService}; check node-resource-group and private-link-service.`,
    );
  if (owner !== ownerService)
    throw new UserError(
      `Private Link Service ${name} belongs to the Kubernetes Service ${owner}, not to ${ownerService}; check private-link-service and owner-service.`,
    );
  if (provisioningState === 'Failed')
    throw new UserError(
      `Azure says that Private Link Service ${name} is Failed; AKS tries again when the Kubernetes Service ${ownerService} changes, and its events say what was wrong (kubectl describe).`,
    );
}
