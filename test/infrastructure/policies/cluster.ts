/** AKS: who may reach it, how it is kept current, and how pods are networked. */
import { list, number, type Plan, type Resource, references, resources, text, written } from '../plan-json.ts';
import { argument, one, type Policy } from '../policy.ts';
import { addresses, prefixLength } from './address-range.ts';

const type = 'azurerm_kubernetes_cluster';

/** Most nodes at once: every pool at its largest, and a third of each more while it is upgraded. */
export function mostNodes(plan: Plan): number {
  const most = (values: unknown, path: string): number => Math.ceil((number(values, path) * 4) / 3);
  return [
    ...resources(plan, type).map(({ values }) => most(values, 'default_node_pool.0.max_count')),
    ...resources(plan, 'azurerm_kubernetes_cluster_node_pool').map(({ values }) => most(values, 'max_count')),
  ].reduce((sum, nodes) => sum + nodes, 0);
}

const cluster = (plan: Plan): Resource => one(plan, type);

export const clusterPolicies: Policy[] = [
  argument({
    name: 'the API server has an availability promise',
    why: 'The free tier has none and is meant for ten nodes.',
    type,
    path: 'sku_tier',
    is: ['Standard', 'Premium'],
    planted: 'Free',
  }),
  argument({
    name: 'the cluster has no local accounts',
    why: 'Their certificates cannot be revoked and nobody sees who used them.',
    type,
    path: 'local_account_disabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'Azure decides who may do what in the cluster',
    why: 'Rights outside Entra ID are not audited with the rest.',
    type,
    path: 'azure_active_directory_role_based_access_control.0.azure_rbac_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'the cluster issues OIDC tokens',
    why: 'Workload identity exchanges them.',
    type,
    path: 'oidc_issuer_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'pods sign in with workload identity',
    why: 'The other way is a key in a Secret.',
    type,
    path: 'workload_identity_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'the control plane has an identity of its own',
    why: 'Its rights must exist before the cluster does.',
    type,
    path: 'identity.0.type',
    is: ['UserAssigned'],
    planted: 'SystemAssigned',
  }),
  argument({
    name: 'nobody runs commands in the cluster through Resource Manager',
    why: 'Whoever has Contributor on the subscription would be administrator of the cluster.',
    type,
    path: 'run_command_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    name: 'pods have overlay addresses',
    why: 'Pods with addresses of the network would use it up at 250 a node.',
    type,
    path: 'network_profile.0.network_plugin_mode',
    is: ['overlay'],
    planted: undefined,
  }),
  argument({
    name: 'Cilium carries the traffic',
    why: 'kube-proxy rules grow with services times pods.',
    type,
    path: 'network_profile.0.network_data_plane',
    is: ['cilium'],
    planted: 'azure',
  }),
  argument({
    name: 'Cilium enforces network policies',
    why: 'Without an engine, the policies of Redis are accepted and ignored.',
    type,
    path: 'network_profile.0.network_policy',
    is: ['cilium'],
    planted: undefined,
  }),
  argument({
    name: 'nodes leave through the NAT gateway',
    why: "A load balancer's outbound ports run out with hundreds of nodes.",
    type,
    path: 'network_profile.0.outbound_type',
    is: ['userAssignedNATGateway'],
    planted: 'loadBalancer',
  }),
  {
    name: 'every node has pod addresses, also during an upgrade',
    why: 'Each node takes a /24; a pod network that is used up stops every scale-out, and cannot shrink later.',
    root: 'infra',
    check(plan) {
      const range = text(cluster(plan).values, 'network_profile.0.pod_cidr');
      const blocks = 2 ** (24 - prefixLength(range));
      return mostNodes(plan) <= blocks ? [] : [`${range} has ${blocks} blocks for ${mostNodes(plan)} nodes`];
    },
    plant(plan) {
      // A /20 has 16: less than the pools of any environment.
      (list(cluster(plan).values, 'network_profile')[0] as Resource['values']).pod_cidr = '10.128.0.0/20';
    },
  },
  {
    name: 'every node has an address, also during an upgrade',
    why: 'A subnet that is full stops an upgrade half way.',
    root: 'infra',
    check(plan) {
      const range = text(one(plan, 'azurerm_subnet', ({ name }) => name === 'nodes').values, 'address_prefixes.0');
      const usable = addresses(range) - 5;
      return mostNodes(plan) <= usable ? [] : [`${range} has ${usable} addresses for ${mostNodes(plan)} nodes`];
    },
    plant(plan) {
      one(plan, 'azurerm_subnet', ({ name }) => name === 'nodes').values.address_prefixes = ['10.64.0.0/28'];
    },
  },
  argument({
    name: 'secrets of the Key Vault follow their rotation',
    why: 'A rotated password that pods do not see is an outage.',
    type,
    path: 'key_vault_secrets_provider.0.secret_rotation_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'KEDA scales the web pods',
    why: 'Exams begin at a known time: pods must be there before the load is.',
    type,
    path: 'workload_autoscaler_profile.0.keda_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'Kubernetes patches itself',
    why: 'An unpatched control plane is a known hole.',
    type,
    path: 'automatic_upgrade_channel',
    is: ['patch', 'stable'],
    planted: 'rapid',
  }),
  argument({
    name: 'node images renew themselves',
    why: 'Kernel fixes come with the image.',
    type,
    path: 'node_os_upgrade_channel',
    is: ['NodeImage', 'SecurityPatch'],
    planted: 'None',
  }),
  ...['maintenance_window_auto_upgrade', 'maintenance_window_node_os'].map((window) =>
    argument({
      name: `${window.replaceAll('_', ' ')} is at the weekend`,
      why: 'Without a window, AKS may drain nodes during an exam.',
      type,
      path: `${window}.0.day_of_week`,
      is: ['Saturday', 'Sunday'],
      planted: undefined,
    }),
  ),
  {
    name: 'who may reach the API server is a setting',
    why: 'An institution with fixed runners must be able to close it.',
    root: 'infra',
    check(plan) {
      const closes = written(plan, type).every(({ expressions }) =>
        references([expressions?.api_server_access_profile, expressions?.private_cluster_enabled]).some((name) =>
          name.startsWith('var.'),
        ),
      );
      // A dynamic block has no expressions in the JSON of a plan: then its variable shows that it is one.
      return closes || plan.variables.operator_ip_ranges !== undefined
        ? []
        : ['neither authorised ranges nor a private cluster can be chosen'];
    },
    plant(plan) {
      delete plan.variables.operator_ip_ranges;
      for (const { expressions } of written(plan, type)) {
        delete expressions?.api_server_access_profile;
        delete expressions?.private_cluster_enabled;
      }
    },
  },
  argument({
    name: 'Azure Policy watches the pods',
    why: 'What runs in the cluster is part of an audit.',
    type,
    path: 'azure_policy_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'the cluster has a minor version of its own choosing',
    why: 'Azure would take its default of the day, another one in each environment.',
    type,
    path: 'kubernetes_version',
    is: (value) => /^1\.\d+$/.test(String(value)),
    planted: undefined,
  }),
  argument({
    name: 'logs of containers are sent without a key',
    why: 'The key of a workspace lets anybody write to it.',
    type,
    path: 'oms_agent.0.msi_auth_for_monitoring_enabled',
    is: [true],
    planted: false,
  }),
];
