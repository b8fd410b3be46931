/** What a person is told besides the steps. */
import { escapeMarkdown, inlineCode, table } from '#toolkit/action/markdown';
import type { PrivateEndpointConnection, PrivateLinkService } from '#toolkit/azure/private-link';
import type { Log } from '#toolkit/log';
import type { Plan } from './plan.ts';

/** The service in one line: `moodle-svc-pls: Succeeded, 8 NAT addresses, visible to all subscriptions`. */
export function describeService({ name, provisioningState, natAddresses, visibility }: PrivateLinkService): string {
  const seen = visibility.includes('*')
    ? 'visible to all subscriptions'
    : `visible to ${visibility.length === 0 ? 'no subscription but by role' : visibility.join(', ')}`;
  return `${name}: ${provisioningState}, ${natAddresses} NAT ${natAddresses === 1 ? 'address' : 'addresses'}, ${seen}`;
}

/** What else there is while our request is awaited, as the tail of a sentence. */
export function others({ foreignPending, foreignApproved }: Plan): string {
  const pending = foreignPending.length;
  const approved = foreignApproved.length;
  return [
    pending === 0 ? '' : `; ${pending} pending ${pending === 1 ? 'connection is' : 'connections are'} somebody else's`,
    approved === 0
      ? ''
      : `; ${approved} approved ${approved === 1 ? 'connection carries' : 'connections carry'} another message, and one of ours that was approved by hand must keep it`,
  ].join('');
}

/** Names every request that is not ours; whoever filed it knows the service's id. */
export function reportForeign(log: Log, { foreignPending, rejected }: Plan): void {
  for (const { name, description, privateEndpointId } of foreignPending) {
    const fate = rejected.some((connection) => connection.name === name) ? 'is rejected' : 'stays pending';
    log.notice(
      `Pending connection ${name} is not ours and ${fate}. Its message: ${description} (${privateEndpointId})`,
    );
  }
}

/** The part of the summary below the steps. */
export function details(service: PrivateLinkService | undefined, made: Plan): string {
  return [
    ...(service === undefined ? [] : [escapeMarkdown(describeService(service))]),
    ...(made.stale === undefined ? [] : [`**${escapeMarkdown(made.stale)}**: Front Door must ask anew.`]),
    ...foreignTable(made.foreignPending, made.rejected.length > 0),
  ].join('\n\n');
}

function foreignTable(foreign: readonly PrivateEndpointConnection[], rejected: boolean): string[] {
  if (foreign.length === 0) return [];
  const rows = foreign.map(({ name, description, privateEndpointId }) => [
    inlineCode(name),
    escapeMarkdown(description),
    inlineCode(privateEndpointId),
  ]);
  const fate = rejected ? 'rejected' : 'left as they are';
  return [`Pending connections of others, ${fate}:`, table(['Connection', 'Message', 'Private endpoint'], rows)];
}
