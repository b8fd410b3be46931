/** The virtual network and what leaves it. */
import { at, list, type Plan, put, resources, text } from '../plan-json.ts';
import { argument, drop, one, type Policy } from '../policy.ts';
import { contains, overlap } from './address-range.ts';

const ranges = (plan: Plan): string[] =>
  resources(plan, 'azurerm_subnet').map(({ values }) => text(values, 'address_prefixes.0'));

export const networkPolicies: Policy[] = [
  argument({
    name: 'subnets have no outbound access of their own',
    why: 'Azure would lend changing addresses.',
    type: 'azurerm_subnet',
    path: 'default_outbound_access_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'a Private Link Service may be in its subnet',
    why: 'Azure refuses it where network policies are on.',
    type: 'azurerm_subnet',
    where: ({ name }) => name === 'private_link_service',
    path: 'private_link_service_network_policies_enabled',
    is: [false],
    planted: true,
  }),
  {
    name: 'subnets lie side by side in the network',
    why: 'Azure refuses others in the middle of an apply.',
    root: 'infra',
    check(plan) {
      const outer = text(one(plan, 'azurerm_virtual_network').values, 'address_space.0');
      const all = ranges(plan);
      return [
        ...all.filter((range) => !contains(outer, range)).map((range) => `${range} is not in ${outer}`),
        ...all.flatMap((range, index) =>
          all
            .slice(index + 1)
            .filter((other) => overlap(range, other))
            .map((other) => `${range} overlaps ${other}`),
        ),
      ];
    },
    plant: (plan) => put(one(plan, 'azurerm_subnet').values, 'address_prefixes', ['192.168.0.0/24']),
  },
  ...['nodes', 'endpoints', 'database'].map(
    (subnet): Policy => ({
      name: `the subnet ${subnet} has a security group`,
      why: 'What is not needed is closed.',
      root: 'infra',
      check: (plan) =>
        resources(plan, 'azurerm_subnet_network_security_group_association').some(({ index }) => index === subnet)
          ? []
          : [`${subnet} has no security group`],
      plant: (plan) => drop(plan, ({ type, index }) => type.endsWith('security_group_association') && index === subnet),
    }),
  ),
  {
    name: 'nothing lets the Internet in',
    why: 'All traffic comes through Front Door and the private link.',
    root: 'infra',
    check: (plan) =>
      resources(plan, 'azurerm_network_security_group').flatMap(({ address, values }) =>
        list(values, 'security_rule')
          .filter((rule) => at(rule, 'access') === 'Allow' && at(rule, 'direction') === 'Inbound')
          .filter((rule) => ['Internet', '*', '0.0.0.0/0'].includes(text(rule, 'source_address_prefix')))
          .map((rule) => `${address}: ${text(rule, 'name')}`),
      ),
    plant: (plan) =>
      put(one(plan, 'azurerm_network_security_group').values, 'security_rule', [
        { name: 'planted', access: 'Allow', direction: 'Inbound', source_address_prefix: 'Internet' },
      ]),
  },
  argument({
    name: 'the way out is in all zones',
    why: 'A Standard NAT gateway is in one zone.',
    type: 'azurerm_nat_gateway',
    path: 'sku_name',
    is: ['StandardV2'],
    planted: 'Standard',
  }),
  {
    name: 'the way out has two addresses',
    why: 'One carries 64,512 flows to one destination.',
    root: 'infra',
    check(plan) {
      const found = resources(plan, 'azurerm_nat_gateway_public_ip_association').length;
      return found >= 2 ? [] : [`it has ${found}`];
    },
    plant: (plan) =>
      drop(plan, ({ type, index }) => type === 'azurerm_nat_gateway_public_ip_association' && index === '1'),
  },
  argument({
    name: 'public addresses are in three zones',
    why: 'An address in one zone fails with it.',
    type: 'azurerm_public_ip',
    path: 'zones',
    is: (value) => Array.isArray(value) && value.length === 3,
    planted: ['1'],
  }),
];
