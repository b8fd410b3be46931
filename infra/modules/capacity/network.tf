locals {
  most_nodes = sum([for name, pool in local.pools : pool.max_count + local.surge[name]])

  # Azure keeps five addresses of a subnet; the internal load balancer has one. Pods of an overlay network take no addresses
  # of the subnet, and a /24 a node of their own range, whatever the number of pods.
  # https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay
  node_subnet_prefix = 32 - ceil(log(local.most_nodes + 6, 2))
  pod_prefix         = 24 - ceil(log(local.most_nodes, 2))

  # Front Door's connections arrive from these addresses, about 64,000 from each, and a service has eight at most.
  # https://learn.microsoft.com/azure/private-link/private-link-service-overview
  origin_connections     = local.pages_per_second * local.assume.origin_requests_per_page * local.assume.origin_request_seconds
  private_link_addresses = max(1, ceil(local.origin_connections / 64000))

  edge_requests_per_second = local.pages_per_second * local.assume.edge_requests_per_page
}
