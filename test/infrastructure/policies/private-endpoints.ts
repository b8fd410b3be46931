/** The private ways to storage, vault and registry, and their names. */
import { put, resources, text } from '../plan-json.ts';
import { argument, drop, one, type Policy } from '../policy.ts';

/** Azure's limits for names that all of Azure shares. */
const NAME_CHARACTERS = { azurerm_storage_account: 24, azurerm_key_vault: 24, azurerm_container_registry: 50 };

export const privateEndpointPolicies: Policy[] = [
  ...['file', 'blob', 'vault', 'registry'].map(
    (service): Policy => ({
      name: `pods reach ${service} by a private endpoint`,
      why: 'The other way leads through the Internet, or nowhere.',
      root: 'infra',
      check: (plan) =>
        resources(plan, 'azurerm_private_endpoint').some(
          ({ values }) =>
            text(values, 'private_service_connection.0.subresource_names.0') === service &&
            text(values, 'private_dns_zone_group.0.name') !== '',
        )
          ? []
          : [`there is no private endpoint with a name for ${service}`],
      plant: (plan) =>
        drop(plan, ({ values }) => text(values, 'private_service_connection.0.subresource_names.0') === service),
    }),
  ),
  argument({
    name: 'private endpoints are approved by themselves',
    why: 'Nobody waits for a request to approve.',
    type: 'azurerm_private_endpoint',
    path: 'private_service_connection.0.is_manual_connection',
    is: [false],
    planted: true,
  }),
  {
    name: 'every private zone is known in the network',
    why: 'Else names lead to public addresses.',
    root: 'infra',
    check(plan) {
      const zones = resources(plan, 'azurerm_private_dns_zone').length;
      const links = resources(plan, 'azurerm_private_dns_zone_virtual_network_link').length;
      return zones > 0 && links >= zones ? [] : [`${zones} zones have ${links} links`];
    },
    plant: (plan) => drop(plan, ({ type, index }) => type.endsWith('virtual_network_link') && index !== 'files'),
  },
  {
    name: 'names that all of Azure shares have a length that it allows',
    why: 'A long name of an environment would fail in the middle of an apply.',
    root: 'infra',
    check: (plan) =>
      Object.entries(NAME_CHARACTERS).flatMap(([type, most]) =>
        resources(plan, type)
          .filter(({ values }) => text(values, 'name').length < 3 || text(values, 'name').length > most)
          .map(({ address, values }) => `${address}: ${text(values, 'name')} must have 3 to ${most} characters`),
      ),
    plant: (plan) => put(one(plan, 'azurerm_key_vault').values, 'name', 'a-name-that-is-longer-than-a-vault-may-have'),
  },
];
