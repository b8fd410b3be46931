output "pages_per_second" {
  description = "Page views a second at the peak."
  value       = local.pages_per_second
}

output "sql_statements_per_second" {
  description = "Database statements a second at the peak."
  value       = local.sql_statements_per_second
}

output "web_replicas" {
  description = "Moodle web pods at the peak."
  value       = local.web_replicas
}

output "web_workers" {
  description = "PHP workers of all web pods together: each holds one client connection to PgBouncer."
  value       = local.web_replicas * local.assume.web_workers_per_pod
}

output "cron_replicas" {
  description = "Moodle cron pods. Moodle runs three scheduled and three ad-hoc tasks at a time by default, so more pods would idle."
  value       = var.concurrent_users < 100000 ? 2 : 3
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

output "database" {
  description = "Size of the PostgreSQL flexible server."
  value = {
    sku_name        = "GP_Standard_D${local.database.vcores}ds_v5"
    vcores          = local.database.vcores
    max_connections = local.database.max_connections
    # Sizes Azure sells. Input and output grow with size: 128 GiB gives 500 operations a second, 1 TiB 5,000, 4 TiB 7,500.
    storage_mb = var.concurrent_users <= 10000 ? 131072 : var.concurrent_users <= 100000 ? 1048576 : 4194304
  }

  precondition {
    condition     = length(local.database_candidates) > 0
    error_message = "${ceil(local.database_vcores_needed)} database cores are needed and the largest general purpose size has 96: use read replicas and lower sql_statements_per_page, or raise sql_statements_per_vcore_second if a load test shows it."
  }
}

output "files_quota_gib" {
  description = "Provisioned size of the NFS share. On this share size buys speed: 1 TiB gives 4,024 operations and 202 MiB a second, 10 TiB 13,240 and 1,124."
  value       = var.concurrent_users <= 10000 ? 1024 : var.concurrent_users <= 100000 ? 5120 : 10240
}

output "node_pools" {
  description = "Virtual machine size and node counts of each AKS node pool; the web pool may grow a fifth above the model for rolling updates. The counts of all pools, with surge, fit a /14 of pod addresses (1,024 nodes)."
  value = {
    system = {
      vm_size   = local.app_hosts > 50 ? "Standard_D16ds_v5" : "Standard_D4ds_v5"
      min_count = local.system_hosts
      max_count = local.system_hosts + 3
    }
    app = {
      vm_size   = "Standard_D${local.web_node_vcpus}ds_v5"
      min_count = 3
      max_count = max(6, ceil(1.2 * local.app_hosts))
    }
    redis = {
      vm_size   = "Standard_E8ds_v5"
      min_count = local.redis_hosts
      max_count = local.redis_hosts + 3
    }
    jobs = {
      vm_size   = "Standard_D4ds_v5"
      min_count = 1
      max_count = local.cron_hosts + 3
    }
  }
}

output "vcpus" {
  description = "Processors the node pools need at their largest: the quota to ask for before the first apply."
  value = {
    app    = local.web_node_vcpus * max(6, ceil(1.2 * local.app_hosts))
    redis  = 8 * (local.redis_hosts + 3)
    system = (local.app_hosts > 50 ? 16 : 4) * (local.system_hosts + 3)
    jobs   = 4 * (local.cron_hosts + 3)
  }
}
