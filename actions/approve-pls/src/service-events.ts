/** Why AKS made no Private Link Service, from what it says in the Service's events. Pure. */

/** A cause, by Azure's code or words in the event, and what to do. */
const CAUSES: readonly { text: RegExp; advice: string }[] = [
  {
    text: /NetworkPolicies/i,
    advice:
      "The subnet's network policies for private link services are on; turn them off (private_link_service_network_policies_enabled = false).",
  },
  {
    text: /SubnetIsFull|not enough (free )?(IP )?addresses|insufficient.*address/i,
    advice:
      'The subnet has no free addresses; make it larger, or ask for fewer (azure-pls-ip-configuration-ip-address-count).',
  },
  {
    text: /quota|LimitReached|limit (has been )?(reached|exceeded)|exceeds? the (maximum|limit)/i,
    advice: 'A limit of the subscription is reached; remove what is not used, or ask Azure for a higher one.',
  },
  {
    text: /does not have authorization|AuthorizationFailed/i,
    advice: "The cluster's identity may not do it; give it the role Network Contributor on the virtual network.",
  },
  {
    text: /subnet[^.]*(not found|could not be found|does not exist)|(not found|could not be found)[^.]*subnet|InvalidResourceReference/i,
    advice: 'There is no such subnet; check the annotation azure-pls-ip-configuration-subnet.',
  },
];

/** What an event of AKS's means, with the event itself, cut to a readable length. */
export function explainEvent(message: string): string {
  const flat = message.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  const said = flat.length > 400 ? `${flat.slice(0, 400)}…` : flat;
  const advice = CAUSES.find(({ text }) => text.test(flat))?.advice;
  return advice === undefined ? `AKS says: ${said}.` : `${advice} AKS says: ${said}.`;
}
