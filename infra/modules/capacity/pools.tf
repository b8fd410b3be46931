locals {
  # D16ds_v5 is what AKS advises for the system pool of a large cluster.
  # https://learn.microsoft.com/azure/aks/best-practices-performance-scale-large
  system_vcpus = local.web_nodes > 50 ? 16 : 4

  # A PgBouncer asks for one processor, and one of each node is the system's. A whole number of nodes for each zone.
  pgbouncer_vcpus = local.pgbouncer_replicas <= 9 ? 4 : 8
  pgbouncer_hosts = 3 * ceil(local.pgbouncer_replicas / (local.pgbouncer_vcpus - 1) / 3)

  # Four Redis pods to a node of eight processors (Redis uses one core, and one for saving).
  redis_hosts = 3 * ceil((local.redis_nodes.sessions + local.redis_nodes.cache) / 4 / 3)

  # expected_count is what the pods of the peak fill. Above it there is room: for web pods a fifth, of which a rolling update
  # takes half; elsewhere a node for each zone. Fewer run only where somebody scales pods in.
  pools = {
    system    = { series = "D", vcpus = local.system_vcpus, min_count = 3, expected_count = 3, max_count = 6 }
    app       = { series = "D", vcpus = local.web_node_vcpus, min_count = 3, expected_count = max(3, local.web_nodes), max_count = max(6, ceil(1.2 * local.web_nodes)) }
    pgbouncer = { series = "D", vcpus = local.pgbouncer_vcpus, min_count = local.pgbouncer_hosts, expected_count = local.pgbouncer_hosts, max_count = local.pgbouncer_hosts + 3 }
    redis     = { series = "E", vcpus = 8, min_count = local.redis_hosts, expected_count = local.redis_hosts, max_count = local.redis_hosts + 3 }
    jobs      = { series = "D", vcpus = 4, min_count = 1, expected_count = local.cron_replicas, max_count = 6 }
  }

  # What an upgrade adds to a pool while it renews it: a third, and to Redis one node.
  surge = { for name, pool in local.pools : name => name == "redis" ? 1 : ceil(0.33 * pool.max_count) }

  # Azure grants processors by family: a Standard_D16ds_v5 is of the family Ddsv5.
  quota = {
    for series in ["D", "E"] : "${series}dsv5" => {
      largest    = sum([for pool in local.pools : pool.series == series ? pool.vcpus * pool.max_count : 0])
      with_surge = sum([for name, pool in local.pools : pool.series == series ? pool.vcpus * (pool.max_count + local.surge[name]) : 0])
    }
  }
}
