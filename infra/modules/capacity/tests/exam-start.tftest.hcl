run "off" {
  command = plan
  variables { concurrent_users = 400000 }
  assert {
    condition     = output.governed_by == "steady" && floor(output.pages_per_second) == 6666
    error_message = "Without a common start 400,000 users ask for 6,667 pages a second."
  }
}

run "a_long_window_changes_nothing" {
  command = plan
  variables {
    concurrent_users   = 400000
    exam_start_seconds = 600
  }
  assert {
    condition     = output.governed_by == "steady" && output.web_replicas == 741
    error_message = "Three pages in ten minutes are fewer than one in each."
  }
}

run "a_short_window_governs" {
  command = plan
  variables {
    concurrent_users   = 400000
    exam_start_seconds = 90
  }
  assert {
    condition     = output.governed_by == "exam start" && floor(output.pages_per_second) == 13333
    error_message = "Three pages of 400,000 users in 90 seconds are 13,333 a second."
  }
  assert {
    condition     = output.web_replicas == 1482 && output.pgbouncer_replicas == 34 && output.redis_cache_nodes == 50
    error_message = "Twice the pages need twice the pods, PgBouncers and cache primaries."
  }
  assert {
    condition     = startswith(output.limits[0].remedy, "Let the exam begin over 126 seconds, not 90.")
    error_message = "134 cores are needed and 96 is the most: 90 x 134 / 96 seconds are long enough."
  }
}

run "a_longer_start_is_no_way_out_when_the_load_after_it_does_not_fit" {
  command = plan
  variables {
    concurrent_users   = 1000000
    exam_start_seconds = 90
  }
  assert {
    condition     = !startswith(output.limits[0].remedy, "Let the exam begin")
    error_message = "A million users are too many for the database in any minute."
  }
}

run "ten_thousand_in_a_minute" {
  command = plan
  variables {
    concurrent_users   = 10000
    exam_start_seconds = 60
  }
  assert {
    condition     = output.web_replicas == 56 && output.database.vcores == 8 && length(output.limits) == 0
    error_message = "500 pages a second: 167 processors, 25,000 statements."
  }
}

run "too_short" {
  command = plan
  variables {
    concurrent_users   = 1000
    exam_start_seconds = 9
  }
  expect_failures = [var.exam_start_seconds]
}

run "too_long" {
  command = plan
  variables {
    concurrent_users   = 1000
    exam_start_seconds = 3601
  }
  expect_failures = [var.exam_start_seconds]
}

run "a_fraction_of_a_second" {
  command = plan
  variables {
    concurrent_users   = 1000
    exam_start_seconds = 90.5
  }
  expect_failures = [var.exam_start_seconds]
}
