# The published table of the model, one row a run. A changed default shows here first.

run "ten_thousand" {
  command = plan
  variables { concurrent_users = 10000 }
  assert {
    condition     = output.web_replicas == 19 && output.pgbouncer_replicas == 3 && output.redis_cache_nodes == 6
    error_message = "10,000 users: 19 web pods, 3 PgBouncer, 3 cache primaries with a replica each."
  }
  assert {
    condition     = output.node_pools.app.max_count == 6 && output.node_pools.app.vm_size == "Standard_D16ds_v5"
    error_message = "10,000 users fit 4 nodes of 16 processors and one for the rest: with a fifth above, 6."
  }
}

run "fifty_thousand" {
  command = plan
  variables { concurrent_users = 50000 }
  assert {
    condition     = output.web_replicas == 93 && output.web_workers == 1860 && output.pgbouncer_replicas == 3
    error_message = "50,000 users: 93 web pods, 1,860 workers, 3 PgBouncer."
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
    condition     = sum([for pool in output.node_pools : pool.max_count]) * 4 / 3 < 1024
    error_message = "All nodes, with a third of surge, must fit a /14 of pod addresses."
  }
  assert {
    condition     = alltrue([for pool in output.node_pools : pool.max_count <= 1000])
    error_message = "AKS allows 1,000 nodes in a pool."
  }
}
