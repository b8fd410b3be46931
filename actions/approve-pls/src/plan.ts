/** What has to be done about the connections that there are. Pure. */
import type { Step } from '#toolkit/action/steps';
import type { PrivateEndpointConnection, PrivateLinkService } from '#toolkit/azure/private-link';
import { UserError } from '#toolkit/errors';
import { LONGEST_DESCRIPTION, sortConnections } from './connections.ts';

/** What was seen. */
export interface Observed {
  /** Undefined when there is none yet. */
  service: PrivateLinkService | undefined;
  connections: readonly PrivateEndpointConnection[];
}

/** What is wanted. */
export interface Wanted {
  privateLinkService: string;
  ownerService: string;
  /** Undefined, in a plan, when Terraform has not made it yet. */
  requestMessage: string | undefined;
}

export interface Plan {
  steps: readonly Step[];
  /** Ours, when the request has arrived. */
  connection: PrivateEndpointConnection | undefined;
  foreignPending: readonly PrivateEndpointConnection[];
}

/**
 * The least that makes our connection approved: nothing, or one approval.
 *
 * @throws UserError when the Private Link Service belongs to another Service, when more than one connection carries our
 *   message, or when somebody rejected ours
 */
export function plan(observed: Observed, wanted: Wanted): Plan {
  const { service, connections } = observed;
  const { privateLinkService, ownerService, requestMessage } = wanted;
  if (requestMessage !== undefined && requestMessage.length > LONGEST_DESCRIPTION)
    throw new UserError(
      `Input "request-message" is ${requestMessage.length} characters long; Azure allows ${LONGEST_DESCRIPTION}.`,
    );
  const later = (reason: string): Step[] => [
    { action: 'approve', target: `connection on ${privateLinkService}`, reason },
  ];
  if (service === undefined)
    return { steps: later('the Private Link Service is not there yet'), connection: undefined, foreignPending: [] };
  checkOwner(service, ownerService);
  if (requestMessage === undefined)
    return { steps: later('Front Door has no request message yet'), connection: undefined, foreignPending: [] };
  const { ours, foreignPending } = sortConnections(connections, requestMessage);
  const [connection, ...others] = ours;
  if (others.length > 0)
    throw new UserError(
      `${ours.length} connections on ${service.name} carry the request message '${requestMessage}' (${ours
        .map(({ name, status }) => `${name}: ${status}`)
        .join(
          ', ',
        )}). One of them may be a stranger's, so none is approved; find out which is ours and remove the other.`,
    );
  if (connection === undefined)
    return { steps: later('Front Door has not requested it yet'), connection, foreignPending };
  if (connection.status === 'Rejected')
    throw new UserError(
      `Somebody rejected our connection ${connection.name} on ${service.name}; approve it by hand, or have Front Door request a new one with a new request message.`,
    );
  const steps: Step[] =
    connection.status === 'Approved'
      ? []
      : [{ action: 'approve', target: connection.name, reason: 'it carries our request message' }];
  return { steps, connection, foreignPending };
}

function checkOwner(service: PrivateLinkService, ownerService: string): void {
  const owner = service.tags?.['kubernetes-owner-service'];
  if (owner === ownerService) return;
  throw new UserError(
    owner === undefined
      ? `Private Link Service ${service.name} has no tag kubernetes-owner-service, so AKS did not make it for ${ownerService}; check node-resource-group and private-link-service.`
      : `Private Link Service ${service.name} belongs to the Kubernetes Service ${owner}, not to ${ownerService}; check private-link-service and owner-service.`,
  );
}
