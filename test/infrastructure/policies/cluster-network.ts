/** How pods and nodes are networked, and whether they have addresses. */
import { list, number, type Plan, type Resource, resources, text } from '../plan-json.ts';
import { argument, one, type Policy } from '../policy.ts';
import { addresses, overlap, prefixLength } from './address-range.ts';

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

export const clusterNetworkPolicies: Policy[] = [
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
  {
    name: 'pods, services and the network have addresses of their own',
    why: 'A pod whose address is also that of a server elsewhere cannot reach it.',
    root: 'infra',
    check(plan) {
      const profile = list(cluster(plan).values, 'network_profile')[0];
      const network = text(one(plan, 'azurerm_virtual_network').values, 'address_space.0');
      const ranges = [network, text(profile, 'pod_cidr'), text(profile, 'service_cidr')];
      return ranges.flatMap((one, index) =>
        ranges
          .slice(index + 1)
          .filter((other) => overlap(one, other))
          .map((other) => `${one} overlaps ${other}`),
      );
    },
    plant(plan) {
      (list(cluster(plan).values, 'network_profile')[0] as Resource['values']).pod_cidr = '10.64.0.0/14';
    },
  },
];
