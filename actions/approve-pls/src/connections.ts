/** Which of the connections on a Private Link Service is ours. Pure. */
import type { PrivateEndpointConnection } from '#toolkit/azure/private-link';

/** Azure takes no longer description of a connection. */
export const LONGEST_DESCRIPTION = 140;

/** The connections, sorted by whose they are. */
export interface Sorted {
  /** Carry our request message, and are pending or approved. */
  ours: PrivateEndpointConnection[];
  /** Carry our request message and are of no more use: rejected, or cut off. */
  spent: PrivateEndpointConnection[];
  /** Wait for an approval that this action will not give. */
  foreignPending: PrivateEndpointConnection[];
  /** Were approved, and not for our message. */
  foreignApproved: PrivateEndpointConnection[];
}

/**
 * A request is ours when its message is ours, letter for letter. Nothing else tells: Front Door's private endpoint lies in
 * a subscription of Microsoft, under a generated name. Once somebody has decided about a connection it carries what they
 * wrote, so there the message may also stand at the end, where `approvalDescription` puts it.
 */
export function sortConnections(connections: readonly PrivateEndpointConnection[], message: string): Sorted {
  const sorted: Sorted = { ours: [], spent: [], foreignPending: [], foreignApproved: [] };
  for (const connection of connections) {
    const { status, description } = connection;
    const isOurs = description === message || (status !== 'Pending' && description.endsWith(`: ${message}`));
    if (status === 'Pending') sorted[isOurs ? 'ours' : 'foreignPending'].push(connection);
    else if (status === 'Approved') sorted[isOurs ? 'ours' : 'foreignApproved'].push(connection);
    else if (isOurs) sorted.spent.push(connection);
  }
  return sorted;
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

/** What is written on rejection. The stranger's message is not kept: it may say anything. */
export function rejectionDescription(rejecter: string | undefined): string {
  const who = rejecter === undefined ? '' : ` by ${rejecter}`;
  return `Rejected${who}: not the request of our Front Door`.slice(0, LONGEST_DESCRIPTION);
}
