# The published table of the model, one row a run. A changed default shows here first.

run "thousand" {
  command = plan
  variables { concurrent_users = 1000 }
  assert {
    condition     = output.web_replicas == 3 && output.node_pools.app.vm_size == "Standard_D8ds_v5" && output.node_pools.app.max_count == 6
    error_message = "1,000 users: a web pod in each zone, on nodes of 8 processors."
  }
  assert {
    condition     = output.database.sku_name == "GP_Standard_D2ds_v5" && output.database.storage_mb == 131072
    error_message = "1,000 users: the smallest database."
  }
}

run "ten_thousand" {
  command = plan
  variables { concurrent_users = 10000 }
  assert {
    condition     = output.web_replicas == 19 && output.pgbouncer_replicas == 3 && output.redis_cache_nodes == 6
    error_message = "10,000 users: 19 web pods, 3 PgBouncer, 3 cache primaries with a replica each."
  }
  assert {
    condition     = output.web_minimum_replicas == 3
    error_message = "10,000 users: a tenth of the web pods is 2, and there is one in each zone at least."
  }
  assert {
    condition     = output.node_pools.app.max_count == 6 && output.node_pools.app.vm_size == "Standard_D16ds_v5"
    error_message = "10,000 users fit 4 nodes of 16 processors: the most is 6 all the same, two for each zone."
  }
}

run "fifty_thousand" {
  command = plan
  variables { concurrent_users = 50000 }
  assert {
    condition     = output.web_replicas == 93 && output.web_workers == 1860 && output.pgbouncer_replicas == 3
    error_message = "50,000 users: 93 web pods, 1,860 workers, 3 PgBouncer."
  }
  assert {
    condition     = output.web_minimum_replicas == 10
    error_message = "50,000 users: a tenth of 93 web pods at the least."
  }
  assert {
    condition     = output.database.vcores == 16 && output.database.storage_mb == 524288
    error_message = "50,000 users: 42,000 statements a second are 8.3 cores, and a term of log entries is 450 GiB."
  }
}

run "hundred_thousand" {
  command = plan
  variables { concurrent_users = 100000 }
  assert {
    condition     = output.web_replicas == 186 && output.pgbouncer_replicas == 5 && output.redis_cache_nodes == 8
    error_message = "100,000 users: 186 web pods, 5 PgBouncer, 4 cache primaries."
  }
}

run "two_hundred_thousand" {
  command = plan
  variables { concurrent_users = 200000 }
  assert {
    condition     = output.web_replicas == 371 && output.pgbouncer_replicas == 9 && output.redis_cache_nodes == 14
    error_message = "200,000 users: 371 web pods, 9 PgBouncer, 7 cache primaries."
  }
}

run "four_hundred_thousand" {
  command = plan
  variables { concurrent_users = 400000 }
  assert {
    condition     = output.web_replicas == 741 && output.web_workers == 14820 && output.pgbouncer_replicas == 17
    error_message = "400,000 users: 741 web pods, 14,820 workers, 17 PgBouncer."
  }
  assert {
    condition     = output.redis_cache_nodes == 26 && output.redis_sessions_nodes == 6
    error_message = "400,000 users: 13 cache primaries, 3 session primaries, a replica each."
  }
  assert {
    condition     = output.pgbouncer_pool_size == 234 && output.pgbouncer_replicas * output.pgbouncer_pool_size <= 0.8 * 4985
    error_message = "400,000 users: 17 x 234 = 3,978 server connections, 80 % of the 4,985 the database gives."
  }
  assert {
    condition     = output.node_pools.app.expected_count == 149 && output.node_pools.app.max_count == 179 && output.network.most_nodes < 1024
    error_message = "400,000 users: 149 web nodes, a fifth more at the most, and with an upgrade's surge all pools fit a /14 of pod addresses."
  }
  assert {
    condition     = output.database.vcores == 96 && output.database.storage_mb == 4193280 && output.files_quota_gib == 7168
    error_message = "400,000 users: 67 cores, the next size is 96; 4,095 GiB of disk; 7 TiB of files for 10,000 operations a second."
  }
  assert {
    condition     = length(output.limits) == 0
    error_message = "400,000 users are carried: ${jsonencode(output.limits)}."
  }
}

run "million" {
  command = plan
  variables { concurrent_users = 1000000 }
  assert {
    condition     = output.web_replicas == 1852 && output.pgbouncer_replicas == 42 && output.redis_cache_nodes == 62 && output.redis_sessions_nodes == 16
    error_message = "1,000,000 users: 1,852 web pods, 42 PgBouncer, 31 cache primaries, and 8 for 14 GiB of sessions."
  }
  assert {
    condition     = output.database.vcores == 96 && ceil(output.database.vcores_needed) == 167
    error_message = "1,000,000 users: the database ends at 96 cores and 167 are needed."
  }
  assert {
    condition     = [for limit in output.limits : limit.name] == ["database cores", "requests a second of the Front Door profile"]
    error_message = "1,000,000 users are above two ceilings, and the model says so: ${jsonencode(output.limits)}."
  }
}

run "measured_values_replace_assumptions" {
  command = plan
  variables {
    concurrent_users = 400000
    assumptions      = { cpu_seconds_per_page = 0.1 }
  }
  assert {
    condition     = output.web_replicas == 371
    error_message = "Half the cost of a page needs half the pods."
  }
}
