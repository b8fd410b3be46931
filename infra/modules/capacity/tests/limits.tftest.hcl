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
    condition     = output.pgbouncer_pool_size == 211 && output.pgbouncer_replicas * output.pgbouncer_pool_size <= 0.8 * (859 - 15)
    error_message = "The pools must fit the 844 connections of the smallest database, also while an update adds a fourth pod: 844 / 4."
  }
}

run "nobody" {
  command = plan
  variables { concurrent_users = 0 }
  expect_failures = [var.concurrent_users]
}

run "too_few" {
  command = plan
  variables { concurrent_users = 99 }
  expect_failures = [var.concurrent_users]
}

run "too_many" {
  command = plan
  variables { concurrent_users = 1000001 }
  expect_failures = [var.concurrent_users]
}

run "ten_million" {
  command = plan
  variables { concurrent_users = 10000000 }
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

run "sessions_need_primaries_for_their_memory" {
  command = plan
  variables {
    concurrent_users = 400000
    assumptions      = { session_kib = 20 }
  }
  assert {
    condition     = output.redis_sessions_nodes == 24 && output.redis_memory.sessions.used <= 0.8 * output.redis_memory.sessions.total
    error_message = "23 GiB of sessions in nodes of 2.5 GiB, four fifths full at the most: 12 primaries."
  }
}

run "every_ceiling_is_named" {
  command = plan
  variables {
    concurrent_users = 1000000
    assumptions      = { think_seconds = 5, file_operations_per_page = 3 }
  }
  assert {
    condition = [for limit in output.limits : limit.name] == [
      "database cores",
      "operations a second of the database's disk",
      "nodes of the web pool, with an upgrade's surge",
      "operations a second of the NFS share",
      "NAT addresses of the Private Link Service",
      "requests a second of the Front Door profile",
    ]
    error_message = "Twelve times the load is above all ceilings: ${join("; ", output.limits[*].name)}."
  }
  assert {
    condition     = output.database.vcores == 96 && output.files_quota_gib == 102400
    error_message = "Sizes end at what Azure sells."
  }
}

run "a_ceiling_that_a_measurement_lifts" {
  command = plan
  variables {
    concurrent_users = 1000000
    assumptions      = { sql_statements_per_vcore_second = 10000, edge_requests_per_page = 5 }
  }
  assert {
    condition     = length(output.limits) == 0 && output.database.vcores == 96
    error_message = "A core that carries twice as much carries a million users."
  }
}

run "without_a_standby_the_bill_has_one_server" {
  command = plan
  variables {
    concurrent_users  = 1000
    high_availability = false
  }
  assert {
    condition = one([for line in output.bill_of_materials : line.most if line.item == "postgresql/ddsv5"]) == 2 * 730 && anytrue(
      [for line in output.bill_of_materials : line.item == "files/premium-lrs"]
    )
    error_message = "Two cores for a month, and a share in one place."
  }
}
