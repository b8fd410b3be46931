locals {
  assume = var.assumptions

  pages_per_second          = var.concurrent_users / local.assume.think_seconds
  sql_statements_per_second = local.pages_per_second * local.assume.sql_statements_per_page

  # Web: processors first (they, not memory, are the limit of Moodle), then pods, then nodes.
  web_vcpus    = local.pages_per_second * local.assume.cpu_seconds_per_page / local.assume.target_utilisation
  web_replicas = max(local.assume.minimum_web_replicas, ceil(local.web_vcpus / local.assume.web_pod_vcpus))

  # A larger node wastes less on its own agents, a smaller one makes a small environment affordable. One processor of each
  # is left to the system (AKS reserves about 0.3, DaemonSets take the rest).
  web_node_vcpus    = var.concurrent_users <= 5000 ? 8 : 16
  web_pods_per_node = floor((local.web_node_vcpus - 1) / local.assume.web_pod_vcpus)
  web_nodes         = ceil(local.web_replicas / local.web_pods_per_node)

  # Database: the smallest size whose cores carry the statements.
  # max_connections is what Azure sets for the size; 15 of them it keeps for itself.
  database_sizes = [
    { vcores = 2, max_connections = 859 },
    { vcores = 4, max_connections = 1718 },
    { vcores = 8, max_connections = 3437 },
    { vcores = 16, max_connections = 5000 },
    { vcores = 32, max_connections = 5000 },
    { vcores = 48, max_connections = 5000 },
    { vcores = 64, max_connections = 5000 },
    { vcores = 96, max_connections = 5000 },
  ]
  database_vcores_needed = local.sql_statements_per_second / local.assume.sql_statements_per_vcore_second
  database_candidates    = [for size in local.database_sizes : size if size.vcores >= local.database_vcores_needed]
  database               = length(local.database_candidates) > 0 ? local.database_candidates[0] : local.database_sizes[length(local.database_sizes) - 1]
  database_connections   = local.database.max_connections - 15

  # PgBouncer is single-threaded: throughput comes from replicas. All pools together stay within the share.
  pgbouncer_replicas  = max(3, ceil(local.sql_statements_per_second / local.assume.sql_statements_per_pgbouncer_second))
  pgbouncer_pool_size = min(local.assume.maximum_pool_size, floor(local.assume.connection_share * local.database_connections / local.pgbouncer_replicas))

  # Redis Cluster: at least three primaries, so that a majority survives the loss of one.
  redis_primaries = {
    for name, commands in {
      sessions = local.assume.session_commands_per_page
      cache    = local.assume.cache_commands_per_page
    } : name => max(3, ceil(local.pages_per_second * commands / local.assume.redis_commands_per_primary_second))
  }
  redis_nodes = { for name, primaries in local.redis_primaries : name => primaries * (1 + local.assume.replicas_per_redis_primary) }

  # Four Redis pods to a node of eight processors (Redis uses one core, and one for saving); a whole number of nodes per zone.
  redis_hosts = 3 * ceil((local.redis_nodes.sessions + local.redis_nodes.cache) / 4 / 3)
  cron_hosts  = 3
  # Nodes for PgBouncer on top of what the web pods fill.
  app_hosts    = local.web_nodes + ceil(local.pgbouncer_replicas / 12)
  system_hosts = 3
}
