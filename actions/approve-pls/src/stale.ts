/** Whether Front Door will ask for its connection at all. Pure. */
import { UserError } from '#toolkit/errors';
import type { Sorted } from './connections.ts';
import type { Observed } from './plan.ts';

/**
 * Front Door asks once, when its origin is made. When the connection is lost afterwards, because AKS made the Private Link
 * Service anew or somebody removed it, nothing will come until Terraform makes the origin anew.
 */
export class FrontendStale extends UserError {}

/** The resources of `infra/frontend` that are replaced so that Front Door asks anew, with a new message. */
export const REPLACED = [
  'random_id.private_link_request',
  'azurerm_cdn_frontdoor_origin.moodle',
  'azurerm_cdn_frontdoor_route.site',
];

/**
 * Why no request will come by itself, as the beginning of a sentence; undefined while one may.
 *
 * @param firstAlias the alias that the service had when it was looked at first
 */
export function whyStale(
  { service, originStatus }: Pick<Observed, 'service' | 'originStatus'>,
  { ours, spent, foreignApproved }: Sorted,
  firstAlias: string | undefined,
): string | undefined {
  if (service === undefined || ours.length > 0) return undefined;
  if (firstAlias !== undefined && service.alias !== firstAlias)
    return `Private Link Service ${service.name} was made anew while this ran`;
  const lost = spent.find(({ status }) => status !== 'Rejected');
  // The one that is lost may be that of an origin which Terraform has just replaced: then Front Door says "Pending".
  if (lost !== undefined && originStatus !== 'Pending')
    return `Our connection ${lost.name} on ${service.name} is ${lost.status}`;
  if (originStatus === 'Disconnected' || originStatus === 'Timeout')
    return `Front Door says that its private link to ${service.name} is ${originStatus}`;
  // An approved connection without our message may be ours, approved by hand.
  if (originStatus === 'Approved' && foreignApproved.length === 0 && spent.length === 0)
    return `Front Door takes its private link to ${service.name} for approved, and there is no such connection: the service was made anew`;
  return undefined;
}

/** The whole sentence. */
export function staleSentence(why: string): string {
  return `${why}. Front Door does not ask again by itself: apply infra/frontend once more and replace ${REPLACED.join(', ')}, then approve.`;
}
