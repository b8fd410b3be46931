run "smallest" {
  command = plan
  variables { concurrent_users = 100 }
  assert {
    condition     = output.web_replicas == 3 && output.redis_sessions_nodes == 6 && output.redis_cache_nodes == 6
    error_message = "The smallest environment still has one web pod a zone and Redis clusters of three primaries."
  }
  assert {
    condition     = output.database.sku_name == "GP_Standard_D2ds_v5"
    error_message = "A database size carries its tier: GP_."
  }
  assert {
    condition     = output.pgbouncer_pool_size == 225 && output.pgbouncer_replicas * output.pgbouncer_pool_size <= 0.8 * (859 - 15)
    error_message = "The pools must fit the 859 connections of the smallest database."
  }
}

run "largest" {
  command = plan
  variables { concurrent_users = 500000 }
  assert {
    condition     = output.database.vcores == 96
    error_message = "Half a million users need the largest database."
  }
}

run "too_many" {
  command = plan
  variables { concurrent_users = 500001 }
  expect_failures = [var.concurrent_users]
}

run "too_few" {
  command = plan
  variables { concurrent_users = 99 }
  expect_failures = [var.concurrent_users]
}

run "a_fraction" {
  command = plan
  variables { concurrent_users = 1000.5 }
  expect_failures = [var.concurrent_users]
}

run "a_zero_assumption" {
  command = plan
  variables {
    concurrent_users = 1000
    assumptions      = { think_seconds = 0 }
  }
  expect_failures = [var.assumptions]
}

run "a_share_above_one" {
  command = plan
  variables {
    concurrent_users = 1000
    assumptions      = { connection_share = 1.2 }
  }
  expect_failures = [var.assumptions]
}

run "no_connection_left" {
  command = plan
  variables {
    concurrent_users = 1000
    assumptions      = { connection_share = 0.01 }
  }
  expect_failures = [output.pgbouncer_pool_size]
}

run "database_beyond_the_largest" {
  command = plan
  variables {
    concurrent_users = 500000
    assumptions      = { sql_statements_per_vcore_second = 1000 }
  }
  expect_failures = [output.database]
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
