/** The container registry and the agents that build in it. */
import { put, resources } from '../plan-json.ts';
import { argument, drop, one, type Policy } from '../policy.ts';

const registry = 'azurerm_container_registry';
const agents = 'azurerm_container_registry_agent_pool';

export const registryPolicies: Policy[] = [
  argument({
    name: 'the registry is Premium',
    why: 'Zones and private endpoints need it.',
    type: registry,
    path: 'sku',
    is: ['Premium'],
    planted: 'Basic',
  }),
  argument({
    name: 'the registry is in three zones',
    why: 'A node that starts while it is away has no image.',
    type: registry,
    path: 'zone_redundancy_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'the registry has no administrator',
    why: 'That is a password for all.',
    type: registry,
    path: 'admin_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'the registry knows who pulls',
    why: 'Images show versions and plug-ins to an attacker.',
    type: registry,
    path: 'anonymous_pull_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'a private registry has no public address',
    why: 'It is what the setting promises.',
    type: registry,
    path: 'public_network_access_enabled',
    is: (value, plan) => value === (plan.variables.private_registry?.value !== true),
    planted: undefined,
  }),
  argument({
    name: 'images do not leave a private registry',
    why: 'An export is a copy that nobody guards.',
    environment: 'production',
    type: registry,
    path: 'export_policy_enabled',
    is: [false],
    planted: true,
  }),
  {
    name: 'a private registry has agents that reach it',
    why: "Azure's shared agents come from the Internet: no image could be built.",
    root: 'infra',
    environment: 'production',
    check(plan) {
      const wanted = plan.variables.private_registry?.value === true;
      return wanted === resources(plan, agents).length > 0 ? [] : ['it has none'];
    },
    plant: (plan) => drop(plan, ({ type }) => type === agents),
  },
  {
    name: 'build agents have two cores',
    why: 'On one, an image with its extensions takes an hour.',
    root: 'infra',
    environment: 'production',
    check: (plan) =>
      resources(plan, agents)
        .filter(({ values }) => !['S2', 'S3', 'I6'].includes(String(values.tier)))
        .map(({ address, values }) => `${address}: ${String(values.tier)}`),
    plant: (plan) => put(one(plan, agents).values, 'tier', 'S1'),
  },
];
