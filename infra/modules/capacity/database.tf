locals {
  # Azure's list of sizes and their max_connections, of which it keeps 15:
  # https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-compute (13 January 2026) and concepts-limits.
  # It goes on to 128 and 192 cores in the series Ddsv6; azurerm knows none above 96, up to version 5.2 at least.
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
  database               = [for size in local.database_sizes : size if size.vcores >= min(local.database_vcores_needed, 96)][0]

  # Operations a second of each size of disk: https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-storage
  # (16 January 2025). 4,095 GiB and not 4,096, above which the disk has no cache on its host.
  database_disks = [
    { mib = 131072, operations = 500 },
    { mib = 262144, operations = 1100 },
    { mib = 524288, operations = 2300 },
    { mib = 1048576, operations = 5000 },
    { mib = 2097152, operations = 7500 },
    { mib = 4193280, operations = 7500 },
    { mib = 8388608, operations = 16000 },
    { mib = 16777216, operations = 18000 },
    { mib = 33553408, operations = 20000 },
  ]
  database_operations = local.pages_per_second * local.assume.database_operations_per_page
  database_mib        = local.pages_per_month * local.assume.database_log_months * local.assume.database_bytes_per_page / 1048576
  database_disk = [
    for disk in local.database_disks : disk
    if disk.operations >= min(local.database_operations, 20000) && disk.mib >= min(local.database_mib, 33553408)
  ][0]

  # PgBouncer is single-threaded: throughput comes from replicas. One process was measured at about 33,000 simple statements
  # a second with TLS (ProxySQL's and ClickHouse's published comparisons); the model takes 20,000. At least one a zone.
  pgbouncer_replicas = max(3, ceil(local.sql_statements_per_second / local.assume.sql_statements_per_pgbouncer_second))

  # The guard: replicas x pool <= share x (max_connections - 15). What is left is for the database's own work, for a person who
  # has to look, and for the pod that a rolling update adds; where replicas are few, that pod is the narrower limit.
  database_connections = local.database.max_connections - 15
  pgbouncer_pool_size = min(
    local.assume.maximum_pool_size,
    floor(local.assume.connection_share * local.database_connections / local.pgbouncer_replicas),
    floor(local.database_connections / (local.pgbouncer_replicas + 1)),
  )
}
