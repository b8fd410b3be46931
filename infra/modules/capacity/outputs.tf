output "pages_per_second" {
  description = "Page views a second at the peak."
  value       = local.pages_per_second
}

output "governed_by" {
  description = "What makes the peak: `steady` use, one page a user in think_seconds, or the `exam start`."
  value       = local.exam_start_governs ? "exam start" : "steady"
}

output "sql_statements_per_second" {
  description = "Database statements a second at the peak."
  value       = local.sql_statements_per_second
}

output "edge_requests_per_second" {
  description = "Requests a second at Front Door, if no browser has a file of the site yet."
  value       = local.edge_requests_per_second
}

output "edge_requests_per_page" {
  description = "Requests at Front Door for a page that no browser has a file of yet: what a rate limit counts."
  value       = local.assume.edge_requests_per_page
}

output "web_replicas" {
  description = "Moodle web pods at the peak."
  value       = local.web_replicas
}

output "web_minimum_replicas" {
  description = "Moodle web pods below which an autoscaler must not go: a tenth of the peak, for those who come before anything could react."
  value       = min(local.web_replicas, max(local.assume.minimum_web_replicas, ceil(local.web_replicas / 10)))
}

output "web_workers" {
  description = "PHP workers of all web pods together: each holds one client connection to PgBouncer."
  value       = local.web_workers
}

output "cron_replicas" {
  description = "Moodle cron pods."
  value       = local.cron_replicas
}

output "pgbouncer_replicas" {
  description = "PgBouncer pods."
  value       = local.pgbouncer_replicas
}

output "pgbouncer_pool_size" {
  description = "Server connections that one PgBouncer pod may open, of all its pools together."
  value       = local.pgbouncer_pool_size

  precondition {
    condition     = local.pgbouncer_pool_size >= 5
    error_message = "${local.pgbouncer_replicas} PgBouncer replicas leave ${local.pgbouncer_pool_size} connections to each and 5 is the least: raise connection_share or sql_statements_per_pgbouncer_second."
  }
}

output "redis_sessions_nodes" {
  description = "Nodes of the Redis Cluster for sessions, primaries and replicas."
  value       = local.redis_nodes.sessions
}

output "redis_cache_nodes" {
  description = "Nodes of the Redis Cluster for the cache, primaries and replicas."
  value       = local.redis_nodes.cache
}

output "redis_memory" {
  description = "MiB of each Redis Cluster: maxmemory of one node, what its primaries hold together, and what the sessions take of that."
  value = {
    sessions = {
      maxmemory = local.assume.session_node_mib
      total     = local.redis_primaries.sessions * local.assume.session_node_mib
      used      = local.session_mib
    }
    cache = {
      maxmemory = local.assume.cache_node_mib
      total     = local.redis_primaries.cache * local.assume.cache_node_mib
      used      = null
    }
  }
}

output "database" {
  description = "Size of the PostgreSQL flexible server."
  value = {
    sku_name        = "GP_Standard_D${local.database.vcores}ds_v5"
    vcores          = local.database.vcores
    vcores_needed   = local.database_vcores_needed
    max_connections = local.database.max_connections
    storage_mb      = local.database_disk.mib
    operations      = local.database_disk.operations
  }
}

output "files_quota_gib" {
  description = "Provisioned size of the NFS share, which decides its speed."
  value       = local.files_quota_gib
}

output "files_performance" {
  description = "Operations and MiB a second: what the share gives at that size, and what is needed of it."
  value = {
    operations        = min(100000, 3000 + local.files_quota_gib)
    operations_needed = local.file_operations
    mib               = 100 + 0.1 * local.files_quota_gib
    mib_needed        = local.file_mib
  }
}

output "node_pools" {
  description = "Virtual machine size and node counts of each AKS node pool."
  value = {
    for name, pool in local.pools : name => {
      vm_size        = "Standard_${pool.series}${pool.vcpus}ds_v5"
      min_count      = pool.min_count
      expected_count = pool.expected_count
      max_count      = pool.max_count
    }
  }
}

output "vcpu_quota" {
  description = "Processors to ask Azure for before the first apply, by family: every pool at its largest, and in the middle of an upgrade."
  value       = local.quota
}

output "network" {
  description = "Nodes with an upgrade's surge, the longest prefixes that the subnet of the nodes and the range of the pods may have, and the NAT addresses of the Private Link Service that are needed."
  value = {
    most_nodes             = local.most_nodes
    node_subnet_prefix     = local.node_subnet_prefix
    pod_prefix             = local.pod_prefix
    private_link_addresses = local.private_link_addresses
  }
}

output "limits" {
  description = "Ceilings of Azure that the load is above: what of, how many are needed, the most there is, and what to do. Empty when all is carried."
  value       = local.limits
}

output "bill_of_materials" {
  description = "Quantities of a month: at the least, with the pods of the peak and no traffic, and at the most."
  value       = local.bill_of_materials
}
