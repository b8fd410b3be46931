/** Which of the connections on a Private Link Service is ours. Pure. */
import type { PrivateEndpointConnection } from '#toolkit/azure/private-link';

/** Azure takes no longer description of a connection. */
export const LONGEST_DESCRIPTION = 140;

/** The connections, sorted by whose they are. */
export interface Sorted {
  /** Carry our request message and may still be used: pending, approved or rejected. */
  ours: PrivateEndpointConnection[];
  /** Wait for an approval that this action will not give. */
  foreignPending: PrivateEndpointConnection[];
}

/**
 * A request is ours when its message is ours, letter for letter. Nothing else tells: Front Door's private endpoint lies in
 * a subscription of Microsoft, under a generated name. An approved connection carries what the approver wrote, so there
 * the message may also stand at the end, where `approvalDescription` puts it.
 */
export function sortConnections(connections: readonly PrivateEndpointConnection[], message: string): Sorted {
  const isOurs = ({ status, description }: PrivateEndpointConnection): boolean => {
    if (status === 'Pending') return description === message;
    if (status !== 'Approved' && status !== 'Rejected') return false;
    return description === message || description.endsWith(`: ${message}`);
  };
  return {
    ours: connections.filter(isOurs),
    foreignPending: connections.filter((connection) => connection.status === 'Pending' && !isOurs(connection)),
  };
}

/**
 * What is written on approval. Azure replaces the requester's message, so it is kept: the next run recognises the
 * connection by it. Who approved is told as far as there is room.
 */
export function approvalDescription(message: string, approver: string | undefined): string {
  const candidates = [
    ...(approver === undefined ? [] : [`Approved by ${approver}: ${message}`]),
    `Approved: ${message}`,
  ];
  return candidates.find((text) => text.length <= LONGEST_DESCRIPTION) ?? message;
}
